import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff } from '@inlay/testing';
import { call, type Child, kill, passTime, settle, start } from './killable-server.ts';
import { checkVrt, listBuilds } from './world-checks.ts';
import {
  type Change,
  COLUMNS,
  type Generation,
  type Operation,
  type Raster,
  TILE,
  type Vrt,
  WorldModel,
} from './world-model.ts';

const RASTERS = 9;
const MOST_VRTS = 3;
/** A change is answered, built and published within about so long. */
const CHANGE_MS = 150;

/**
 * Rasters and virtual rasters that are changed at random, on a server that is killed now and then. After each operation
 * what is served, the links, the facts and the statistics are compared with what is expected.
 */
export class World {
  readonly #folder: string;
  readonly #databaseUrl: string;
  readonly #model = new WorldModel();
  #server: Child;
  #lastValue = 0;
  #titles = 0;

  private constructor(folder: string, databaseUrl: string, server: Child) {
    this.#folder = folder;
    this.#databaseUrl = databaseUrl;
    this.#server = server;
  }

  /** @param databaseUrl a PostgreSQL database; empty: the embedded one, in the folder */
  static async begin(folder: string, databaseUrl: string): Promise<World> {
    await mkdir(join(folder, 'tiles'), { recursive: true });
    const server = await start(join(folder, 'data'), join(folder, 'tiles'), databaseUrl);
    const world = new World(folder, databaseUrl, server);
    for (let index = 0; index < RASTERS; index += 1) {
      const title = `tile-${index}.tif`;
      const path = join(folder, 'tiles', title);
      const raster = { path, title, column: index % COLUMNS, id: null, version: 0, value: 0 };
      world.#model.rasters.push(raster);
      await world.#writeAndRegister(raster);
    }
    await world.#create([0, 1, 2]);
    return world;
  }

  get dataDir(): string {
    return join(this.#folder, 'data');
  }

  async end(): Promise<void> {
    if (this.#server.process.exitCode === null && this.#server.process.signalCode === null) await kill(this.#server);
  }

  /** Does it, and compares what came of it with what should have. */
  async perform({ kind, a, b }: Operation): Promise<void> {
    const { vrts, rasters } = this.#model;
    const vrt = vrts[a % Math.max(1, vrts.length)];
    const raster = rasters[b % rasters.length] as Raster;
    if (kind === 'replace a raster') {
      await this.#writeAndRegister(raster);
    } else if (kind === 'delete a raster') {
      await this.#deleteRaster(raster);
    } else if (kind === 'restart') {
      await kill(this.#server);
      this.#server = await this.#restart();
    } else if (kind === 'create') {
      if (vrts.length < MOST_VRTS) await this.#create([a, b, a + b + 1]);
    } else if (vrt !== undefined) {
      await this.#performOn(vrt, kind, raster, a, b);
    }
    await this.#settled();
    await Promise.all(vrts.map((each) => checkVrt(this.#server, this.#model, each)));
  }

  async #performOn(
    vrt: Vrt,
    kind: Exclude<Operation['kind'], 'replace a raster' | 'delete a raster' | 'restart' | 'create'>,
    raster: Raster,
    a: number,
    b: number,
  ): Promise<void> {
    if (kind === 'roll back') return await this.#rollBack(vrt, b);
    if (kind === 'delete') return await this.#delete(vrt);
    if (kind === 'kill while it changes') return await this.#killWhile(vrt, raster, a, b);
    if (kind === 'two at once') return await this.#twoAtOnce(vrt, raster);
    const change = this.#model.changeOf(vrt, kind, raster, b);
    const answer = await this.#send(change);
    assert.equal(answer.status, change.status, `${kind}: ${JSON.stringify(answer.body)}`);
    if (answer.status === 202) await this.#adopt(vrt, answer.body.job_id, change.ids);
  }

  #send({ method, path, body }: Change): ReturnType<typeof call> {
    return call(this.#server, method, path, body);
  }

  /** Waits for the build of an accepted change, and expects it to be shown. */
  async #adopt(vrt: Vrt, jobId: string, ids: readonly string[]): Promise<void> {
    const job = await settle(this.#server, jobId);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const listed = (await listBuilds(this.#server, vrt)).find(({ job_id: id }) => id === jobId);
    assert.ok(listed, 'a build that was completed is not listed');
    const members = this.#model.members(ids);
    this.#model.publish(vrt, { id: listed.id, jobId, number: listed.number, members });
  }

  async #twoAtOnce(vrt: Vrt, raster: Raster): Promise<void> {
    const ids = vrt.shown.members.map((member) => member.id);
    const isNew = raster.id !== null && !ids.includes(raster.id);
    const changes = [
      this.#model.changeOf(vrt, isNew ? 'add' : 'remove', raster, 1),
      this.#model.changeOf(vrt, 'regenerate', raster, 1),
    ];
    const answers = await Promise.all(changes.map((change) => this.#send(change)));
    // Both are accepted where one has ended before the other was looked at.
    const jobs = answers.flatMap(({ status, body }, index) => {
      const change = changes[index] as Change;
      assert.ok(status === change.status || body.code === 'regenerating', JSON.stringify(body));
      return status === 202 ? [{ id: body.job_id as string, change }] : [];
    });
    assert.ok(jobs.length > 0, 'neither was accepted');
    for (const { id } of jobs) await settle(this.#server, id);
    const listed = await listBuilds(this.#server, vrt);
    const numberOf = (jobId: string) => listed.find(({ job_id: id }) => id === jobId)?.number ?? NaN;
    let now: readonly string[] = ids;
    for (const { id, change } of jobs.toSorted((one, other) => numberOf(one.id) - numberOf(other.id))) {
      now = change === changes[0] ? change.ids : now;
      await this.#adopt(vrt, id, now);
    }
  }

  /** Kills the server at some moment after a change was sent. A change that was taken is built all the same. */
  async #killWhile(vrt: Vrt, raster: Raster, a: number, b: number): Promise<void> {
    const kinds = ['add', 'remove', 'order', 'regenerate'] as const;
    const change = this.#model.changeOf(vrt, kinds[a % kinds.length] ?? 'regenerate', raster, b);
    const server = this.#server;
    const answered = this.#send(change).catch(() => null);
    await delay(b % CHANGE_MS);
    await kill(server);
    const answer = await answered;
    this.#server = await this.#restart();
    if (answer !== null) assert.equal(answer.status, change.status);
    // Its answer may have been lost; the job was not.
    const { body } = await call(this.#server, 'GET', `/api/datasets/${vrt.id}/vrt/generations/?limit=1`);
    const newest = body.generations[0].job_id as string;
    const isTaken = answer === null ? newest !== vrt.newestJob : answer.status === 202;
    if (isTaken) await this.#adopt(vrt, newest, change.ids);
  }

  async #rollBack(vrt: Vrt, b: number): Promise<void> {
    const to = vrt.kept[b % vrt.kept.length] as Generation;
    const path = `/api/datasets/${vrt.id}/vrt/rollback/`;
    const { status, body } = await call(this.#server, 'POST', path, { generation_id: to.id });
    const gone = this.#model.gone(to);
    if (gone.length > 0) {
      assert.deepEqual([status, body.code, body.missing_sources], [409, 'generation_incomplete', gone]);
      return;
    }
    assert.equal(status, 200, JSON.stringify(body));
    vrt.shown = to;
  }

  async #delete(vrt: Vrt): Promise<void> {
    await this.#remove(vrt.id, vrt.title);
    this.#model.vrts.splice(this.#model.vrts.indexOf(vrt), 1);
  }

  async #remove(id: string, title: string): Promise<void> {
    const response = await fetch(`${this.#server.url}/api/datasets/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${this.#server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ confirm_title: title }),
    });
    assert.equal(response.status, 204, await response.text());
  }

  async #create(numbers: readonly number[]): Promise<void> {
    const all = this.#model.ids();
    const ids = [...new Set(numbers.map((number) => all[number % all.length] as string))];
    if (ids.length < 2) return;
    this.#titles += 1;
    const title = `mosaic ${this.#titles}`;
    const body = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title };
    const sent = await call(this.#server, 'POST', '/api/ingest/vrt/create', body);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const job = await settle(this.#server, sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const shown: Generation = { id: '', jobId: '', number: 0, members: [] };
    const none = { kept: [], lastNumber: 0, newestJob: '' };
    const vrt: Vrt = { id: job.dataset_id as string, title, shown, ...none };
    this.#model.vrts.push(vrt);
    await this.#adopt(vrt, sent.body.job_id, ids);
  }

  /** Writes other pixels to the file, and has it registered: anew, or in the place of what was there. */
  async #writeAndRegister(raster: Raster): Promise<void> {
    this.#lastValue = (this.#lastValue % 250) + 1;
    raster.value = this.#lastValue;
    raster.version = raster.id === null ? 1 : raster.version + 1;
    const origin = [500_000 + raster.column * TILE * 10, 5_300_000] as const;
    const { value } = raster;
    await rm(raster.path, { force: true });
    await writeFile(
      raster.path,
      makeGeoTiff({ width: TILE, height: TILE, origin, resolution: 10, epsg: 32633, value: () => value }),
    );
    const sent = await call(this.#server, 'POST', '/api/ingest/register-rasters', { hrefs: [raster.path] });
    const job = await settle(this.#server, sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body } = await call(this.#server, 'GET', `/api/datasets/?record_type=raster_dataset&q=${raster.title}`);
    assert.equal(body.total, 1);
    assert.ok(raster.id === null || raster.id === body.datasets[0].id, 'a raster was replaced by another dataset');
    raster.id = body.datasets[0].id;
  }

  async #deleteRaster(raster: Raster): Promise<void> {
    if (raster.id === null) return await this.#writeAndRegister(raster);
    const { id } = raster;
    const users = this.#model.usersOf(id);
    if (users.length === 0) {
      if (this.#model.ids().length <= 3) return;
      await this.#remove(id, raster.title);
      raster.id = null;
      return;
    }
    const refused = await call(this.#server, 'DELETE', `/api/datasets/${id}`, { confirm_title: raster.title });
    assert.equal(refused.status, 409);
    assert.deepEqual(
      refused.body.dependent_vrts.map((vrt: { vrt_dataset_id: string }) => vrt.vrt_dataset_id).toSorted(),
      users.map((vrt) => vrt.id).toSorted(),
    );
  }

  async #restart(): Promise<Child> {
    if (this.#databaseUrl !== '') await passTime(this.#databaseUrl);
    return await start(this.dataDir, join(this.#folder, 'tiles'), this.#databaseUrl);
  }

  /** Waits until no job is left to do, thumbnails included. */
  async #settled(): Promise<void> {
    for (const status of ['running', 'pending', 'running']) {
      const { body } = await call(this.#server, 'GET', `/api/jobs?limit=1000&status=${status}`);
      for (const { id } of body.jobs) await settle(this.#server, id);
    }
  }
}
