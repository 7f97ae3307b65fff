import assert from 'node:assert/strict';
import { call, type Child } from './killable-server.ts';
import { COLUMNS, TILE, type Vrt, type WorldModel } from './world-model.ts';

/** A build that is kept, as the API lists it. */
export interface ListedBuild {
  readonly id: string;
  readonly job_id: string;
  readonly number: number;
}

export async function listBuilds(server: Child, vrt: Pick<Vrt, 'id'>): Promise<ListedBuild[]> {
  const { body } = await call(server, 'GET', `/api/datasets/${vrt.id}/vrt/generations/?limit=1000`);
  return body.generations.filter(({ status }: { status: string }) => status === 'completed');
}

/** What is served of a virtual raster, its links, its facts and its statistics are those of the model. */
export async function checkVrt(server: Child, model: WorldModel, vrt: Vrt): Promise<void> {
  const ids = vrt.shown.members.map(({ id }) => id);
  await Promise.all([
    checkLinks(server, vrt, ids),
    checkStatus(server, model, vrt),
    checkFacts(server, model, vrt, ids),
    checkDocument(server, vrt),
    ...Array.from({ length: COLUMNS }, (_, column) => checkPixel(server, model, vrt, column)),
  ]);
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever the answer is
async function get(server: Child, vrt: Vrt, path: string): Promise<any> {
  return (await call(server, 'GET', `/api/datasets/${vrt.id}${path}`)).body;
}

async function checkLinks(server: Child, vrt: Vrt, ids: readonly string[]): Promise<void> {
  const listed = (await get(server, vrt, '/vrt-sources/')).sources;
  assert.deepEqual(
    listed.map((source: { dataset_id: string }) => source.dataset_id),
    ids,
    'the links',
  );
}

async function checkStatus(server: Child, model: WorldModel, vrt: Vrt): Promise<void> {
  const { members, id } = vrt.shown;
  const [status, builds] = await Promise.all([get(server, vrt, '/vrt/status/'), listBuilds(server, vrt)]);
  assert.equal(status.generation_id, id, 'what is shown');
  assert.deepEqual([status.status, status.active_generation, status.source_count], ['ready', null, members.length]);
  assert.deepEqual(
    status.source_health.map((source: { status: string }) => source.status),
    members.map((member) => (model.isCurrent(member) ? 'healthy' : 'stale')),
    'the health of the sources',
  );
  assert.deepEqual(
    builds.map((build) => build.id),
    vrt.kept.map((generation) => generation.id),
    'the builds that are kept',
  );
}

async function checkFacts(server: Child, model: WorldModel, vrt: Vrt, ids: readonly string[]): Promise<void> {
  const columns = ids.map((id) => model.rasterOf(id).column);
  const width = (Math.max(...columns) - Math.min(...columns) + 1) * TILE;
  const { raster } = await get(server, vrt, '');
  assert.deepEqual([raster.width, raster.height, raster.source_count], [width, TILE, ids.length], 'the facts');
  const { minimum, maximum } = raster.bands[0].statistics;
  // Of what it was built of, whatever has taken the place of that since.
  const values = vrt.shown.members.map(({ value }) => value);
  assert.deepEqual([minimum, maximum], [Math.min(...values), Math.max(...values)], 'the statistics');
}

async function checkDocument(server: Child, vrt: Vrt): Promise<void> {
  const response = await fetch(`${server.url}/api/datasets/${vrt.id}/download/vrt`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  const named = (await response.text()).matchAll(/datasets\/([0-9a-f-]{36})\/download\/versions\/(\d+)\/cog</g);
  assert.deepEqual(
    Array.from(named, ([, id, version]) => ({ id, version: Number(version) })),
    vrt.shown.members.map(({ id, version }) => ({ id, version })),
    'the VRT',
  );
}

async function checkPixel(server: Child, model: WorldModel, vrt: Vrt, column: number): Promise<void> {
  const top = vrt.shown.members.findLast(({ id }) => model.rasterOf(id).column === column);
  // Of a raster that was replaced nothing is served before it is built in.
  if (top === undefined || !model.isCurrent(top)) return;
  const x = 500_000 + (column + 0.5) * TILE * 10;
  const { values, source } = await get(server, vrt, `/point/${x},${5_300_000 - 35}?coord_crs=EPSG:32633`);
  assert.deepEqual([values, source?.dataset_id], [[top.value], top.id], 'the pixels');
}
