import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cutScenes, type Context, type Dataset, type Job, scenePath, SCENES, startWasmGdal } from '@inlay/cli';
import { type RunningServer, startServer } from '@inlay/server';
import { runCli, type RunResult } from './screen.ts';

const root = mkdtempSync(join(tmpdir(), 'inlay-cli-'));
const scenes = join(root, 'scenes');
let server: RunningServer;

before(async () => {
  const gdal = await startWasmGdal(scenes);
  await cutScenes(scenes, gdal, { signal: new AbortController().signal });
  await gdal.close();
  server = await startServer({
    env: { INLAY_DATA_DIR: join(root, '.inlay'), INLAY_PORT: '0', INLAY_LOG_LEVEL: 'error' },
    overrides: { sourceRoots: [scenes] },
  });
});

after(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

/** A command line in the folder that the server's data folder is in: it finds the server and the token by itself. */
function inlay(args: readonly string[], overrides: Partial<Context> = {}): Promise<RunResult> {
  return runCli(args, { workingFolder: root, ...overrides });
}

async function json<T>(args: readonly string[], overrides: Partial<Context> = {}): Promise<T> {
  const { exitCode, out, err } = await inlay([...args, '--json'], overrides);
  assert.equal(exitCode, 0, err);
  return JSON.parse(out) as T;
}

function fileOf(name: string): string {
  const scene = SCENES.find((candidate) => candidate.name === name);
  assert.ok(scene);
  return scenePath(scenes, scene);
}

test('rasters are uploaded, listed, shown, made a mosaic of, and downloaded', async () => {
  const added = await inlay(['add', '--visibility', 'public', fileOf('alaska'), fileOf('aleutians')]);
  assert.equal(added.exitCode, 0, added.err);
  assert.match(added.err, /✓ Adding 2 rasters +2 catalogued/);
  assert.match(added.out, /^[0-9a-f-]{36}  alaska +raster +384 x 384 +3  Byte  EPSG:4326  public$/m);

  const listed = await json<Dataset[]>(['ls', '--search', 'al', '--kind', 'raster']);
  assert.deepEqual(listed.map(({ title }) => title).sort(), ['alaska', 'aleutians']);
  const ids = ['aleutians', 'alaska'].map((title) => listed.find((dataset) => dataset.title === title)?.id ?? '');

  const quiet = await inlay(['ls', '-q', '--limit', '1']);
  assert.match(quiet.out, /^[0-9a-f-]{36}\n$/);

  const checked = await json<{ valid: boolean; plan: { width: number } }>(['vrt', 'validate', ...ids]);
  assert.deepEqual([checked.valid, checked.plan.width], [true, 384]);

  const input = (async function* () {
    yield `${ids.join('\n')}\n`;
  })();
  const create = [
    'vrt',
    'create',
    '--title',
    'North Pacific',
    '--sources-from',
    '-',
    '-o',
    'np.vrt',
    '--sources',
    'local',
  ];
  const mosaic = await json<Dataset>(create, { input });
  assert.equal(mosaic.record_type, 'vrt_dataset');
  assert.deepEqual([mosaic.raster?.width, mosaic.raster?.height], [384, 576]);
  assert.match(readFileSync(join(root, 'np.vrt'), 'utf8'), /^<VRTDataset rasterXSize="384" rasterYSize="576">/);

  const shown = await inlay(['show', mosaic.id]);
  assert.match(shown.out, /^Made of +2 sources, as a mosaic$/m);
  assert.match(shown.out, /^2  alaska +0\.087890625  [0-9a-f-]{36}$/m);

  const downloaded = await inlay(['vrt', 'download', mosaic.id, '-o', 'again.vrt']);
  assert.match(downloaded.err, /Wrote again\.vrt/);
  assert.match(readFileSync(join(root, 'again.vrt'), 'utf8'), /\/vsicurl\/http:\/\/127\.0\.0\.1/);
});

test('every flag of vrt create says what the output is to be', async () => {
  const listed = await json<Dataset[]>(['ls', '--kind', 'raster']);
  const ids = ['aleutians', 'alaska'].map((title) => listed.find((dataset) => dataset.title === title)?.id ?? '');
  const flags = ['--bands', '3,1', '--nodata', '7', '--resolution', '0.1,0.2', '--align', '--resampling', 'average'];
  const bounds = ['--bounds', '-170,55,-150,65'];
  const mosaic = await json<Dataset>(['vrt', 'create', '--title', 'Flags', ...flags, ...bounds, ...ids]);
  assert.deepEqual(mosaic.raster?.options, {
    resampling: 'average',
    bands: [3, 1],
    nodata: 7,
    resolution: [0.1, 0.2],
    align: true,
    bounds: [-170, 55, -150, 65],
  });
  assert.deepEqual([mosaic.raster?.width, mosaic.raster?.height, mosaic.raster?.nodata], [200, 50, 7]);
});

test('vrt create takes the rasters that a search finds', async () => {
  const found = await json<Dataset>([
    'vrt',
    'create',
    '--title',
    'Found',
    '--filter-search',
    'al',
    '--filter-bbox',
    '-180,40,-120,80',
  ]);
  assert.equal(found.raster?.source_count, 2);
  const both = await inlay(['vrt', 'create', '--title', 'x', '--filter-search', 'al', found.id]);
  assert.equal(both.exitCode, 2);
  assert.match(both.err, /either source datasets or --filter/);
  const none = await inlay(['vrt', 'validate', '--filter-search', 'nothing is called so']);
  assert.equal(none.exitCode, 1);
  assert.match(none.err, /The filter finds no raster that you may use/);
});

test('rasters are registered where they lie', async () => {
  const registered = await json<Dataset[]>(['add', '--in-place', fileOf('relief-east'), fileOf('relief-west')]);
  assert.deepEqual(
    registered.map(({ raster }) => raster?.width),
    [352, 352],
  );
});

test('what cannot be added is told file by file, and what can is added', async () => {
  mkdirSync(join(root, 'mixed'));
  writeFileSync(join(root, 'mixed', 'broken.tif'), 'this is no TIFF');
  writeFileSync(join(root, 'mixed', 'chukotka.tif'), readFileSync(fileOf('chukotka')));
  const { exitCode, out, err } = await inlay(['add', 'mixed']);
  assert.equal(exitCode, 1);
  assert.match(out, /  chukotka +raster/);
  assert.match(err, /✗ .*broken\.tif\n/);
  assert.match(err, /inlay: 1 file of 2 could not be added\./);
});

test('a refused virtual raster lists every problem of every source', async () => {
  const [raster] = await json<Dataset[]>(['add', fileOf('nile-red')]).then((outcomes) =>
    (outcomes as unknown as { dataset: Dataset }[]).map(({ dataset }) => dataset),
  );
  const [colour] = await json<Dataset[]>(['ls', '--search', 'alaska']);
  assert.ok(raster && colour);
  const validated = await inlay(['vrt', 'validate', colour.id, raster.id]);
  assert.equal(validated.exitCode, 1);
  assert.match(validated.err, /✗ .*nile-red.* has 1 band, the mosaic has 3/);
  const created = await inlay(['vrt', 'create', '--title', 'x', colour.id, raster.id]);
  assert.equal(created.exitCode, 1);
  assert.match(created.err, /source_dataset_ids\[1\]: .*band_count_mismatch/);
});

test('jobs are listed, shown and waited for', async () => {
  const jobs = await json<Job[]>(['jobs', 'list', '--status', 'complete']);
  const [job] = jobs;
  assert.ok(job);
  const table = await inlay(['jobs']);
  assert.match(table.out, /^ID +Kind +Status +Done/m);
  assert.match((await inlay(['jobs', 'show', job.id])).out, /^Status +complete$/m);
  assert.equal((await inlay(['jobs', 'wait', job.id])).exitCode, 0);
});

test('tokens are made, used, listed and revoked', async () => {
  const { out: token, exitCode } = await inlay(['token', 'create', 'for the test', '--days', '1']);
  assert.equal(exitCode, 0);
  const withToken = ['--url', server.url, '--token', token.trim()];
  assert.equal((await inlay(['ls', ...withToken])).exitCode, 0);

  const keys = await json<{ id: string; name: string }[]>(['token', 'list']);
  const key = keys.find(({ name }) => name === 'for the test');
  assert.ok(key);
  assert.equal((await inlay(['token', 'revoke', key.id])).exitCode, 0);
  const refused = await inlay(['ls', ...withToken]);
  assert.equal(refused.exitCode, 1);
  assert.match(refused.err, /Give a token with --token or INLAY_TOKEN\./);
});

test('users are added with a generated password or one that is piped in', async () => {
  const added = await json<{ username: string; role: string; password: string }>([
    'user',
    'add',
    'ada',
    '--role',
    'editor',
  ]);
  assert.deepEqual([added.username, added.role], ['ada', 'editor']);
  assert.ok(added.password.length >= 20);

  const input = (async function* () {
    yield 'correct horse battery\n';
  })();
  const piped = await inlay(['user', 'add', 'grace', '--password-stdin'], { input });
  assert.equal(piped.exitCode, 0, piped.err);
  assert.equal(piped.out, '');
  assert.match((await inlay(['user', 'list'])).out, /^grace +viewer/m);
});

test('a virtual raster is changed, rolled back, and tells how it is', async () => {
  for (const name of ['alaska', 'aleutians', 'alaska']) assert.equal((await inlay(['add', fileOf(name)])).exitCode, 0);
  const added = await json<Dataset[]>(['ls', '--kind', 'raster', '--limit', '3']);
  const [first = '', second = '', third = ''] = added.map((dataset) => dataset.id);
  const { id } = await json<Dataset>(['vrt', 'create', '--title', 'Changing', first, second]);
  const sourceIds = async (): Promise<string[]> => {
    const { sources } = await json<{ sources: { dataset_id: string }[] }>(['show', id]);
    return sources.map((source) => source.dataset_id);
  };
  const created = await json<{ generation_id: string; status: string }>(['vrt', 'status', id]);
  assert.equal(created.status, 'ready');

  const changed = await inlay(['vrt', 'add', id, third, '--position', '1', '--expect', created.generation_id]);
  assert.equal(changed.exitCode, 0, changed.err);
  assert.match(changed.err, /✓ Building/);
  assert.deepEqual(await sourceIds(), [third, first, second]);
  const refused = await inlay(['vrt', 'regenerate', id, '--expect', created.generation_id]);
  assert.equal(refused.exitCode, 1);
  assert.match(refused.err, /was changed since you looked at it/);

  await json(['vrt', 'remove', id, first]);
  assert.deepEqual(await sourceIds(), [third, second]);
  await json(['vrt', 'order', id, second, third, first]);
  assert.deepEqual(await sourceIds(), [second, third, first]);
  const input = (async function* () {
    yield `${first} ${second}\n`;
  })();
  await json(['vrt', 'order', id, '--sources-from', '-'], { input });
  await json(['vrt', 'regenerate', id]);
  const back = await inlay(['vrt', 'rollback', id, created.generation_id]);
  assert.equal(back.exitCode, 0, back.err);
  assert.match(back.out, new RegExp(`^Status +ready\nShows +${created.generation_id}$`, 'm'));
  assert.deepEqual(await sourceIds(), [first, second]);

  const listed = await inlay(['vrt', 'generations', id, '--limit', '6']);
  assert.match(listed.out, /^1  shown +created +2 /m);
  assert.match(listed.out, /^6  completed +regenerated +2 /m);
});

test('users are changed, given other passwords, and removed', async () => {
  const set = await json<{ role: string; disabled_at: string | null }>([
    'user',
    'set',
    'grace',
    '--role',
    'editor',
    '--disable',
  ]);
  assert.equal(set.role, 'editor');
  assert.ok(set.disabled_at !== null);
  assert.match((await inlay(['user', 'set', 'grace', '--enable'])).err, /^grace is editor\.$/m);
  assert.equal((await inlay(['user', 'set', 'grace'])).exitCode, 2);
  const reset = await inlay(['user', 'password', 'grace']);
  assert.match(reset.out, /^[\w-]{24}\n$/);
  const removed = await inlay(['user', 'remove', 'Grace', '--transfer-to', 'ada']);
  assert.match(removed.err, /^Removed grace\.$/m);
  const missing = await inlay(['user', 'remove', 'grace']);
  assert.deepEqual([missing.exitCode, /There is no user "grace"/.test(missing.err)], [2, true]);
});

test('datasets are shared with users and by links, until that is ended', async () => {
  const [dataset] = await json<Dataset[]>(['ls', '--search', 'aleutians']);
  assert.ok(dataset);
  const granted = await inlay(['share', 'with', dataset.id, 'ada', '--level', 'edit']);
  assert.match(granted.err, /^ada may edit it\.$/m);
  const link = await inlay(['share', 'link', dataset.id, '--days', '7', '--name', 'for a week']);
  assert.match(
    link.out,
    new RegExp(`^${server.url}/datasets/${dataset.id}\\?sig=s-[0-9a-f]{32}\\.[\\w-]{43}&exp=\\d+\\n$`),
  );
  const listed = await json<{ grants: unknown[]; shares: { id: string }[] }>(['share', 'list', dataset.id]);
  assert.equal(listed.grants.length, 1);
  assert.match((await inlay(['share', 'list', dataset.id])).out, /^for a week +see /m);
  assert.equal((await inlay(['share', 'end', dataset.id, 'ada'])).exitCode, 0);
  assert.equal((await inlay(['share', 'end', dataset.id, listed.shares[0]?.id ?? ''])).exitCode, 0);
  const left = await json<{ grants: unknown[]; shares: { revoked_at: string | null }[] }>([
    'share',
    'list',
    dataset.id,
  ]);
  assert.deepEqual([left.grants.length, left.shares[0]?.revoked_at === null], [0, false]);
});

test('a link that signs a browser in is printed alone', async () => {
  const { out, exitCode } = await inlay(['sign-in']);
  assert.equal(exitCode, 0);
  assert.match(out, /^http:\/\/127\.0\.0\.1:\d+\/sign-in#code=inlay_[\w-]{43}\n$/);
});
