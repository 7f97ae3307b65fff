import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Dice, makeGeoTiff } from '@inlay/testing';
import { call, type Child, kill, settle, start } from './killable-server.ts';

// A catalogue in miniature, and what it is expected to be: rasters and virtual rasters that are changed at random, on a server
// that is killed now and then. After each operation what is served, the links, the facts and the statistics are compared.

/** What is done, chosen by numbers: whatever they are, they mean something, so that any part of a sequence is one too. */
export interface Operation {
  readonly kind:
    | 'add'
    | 'remove'
    | 'order'
    | 'regenerate'
    | 'roll back'
    | 'two at once'
    | 'replace a raster'
    | 'delete a raster'
    | 'delete'
    | 'create'
    | 'kill while it changes'
    | 'restart';
  readonly a: number;
  readonly b: number;
}

interface Raster {
  readonly path: string;
  readonly title: string;
  readonly column: number;
  /** Null once it is deleted. */
  id: string | null;
  version: number;
  /** Of all its pixels. */
  value: number;
}

interface Member {
  readonly id: string;
  readonly version: number;
}

interface Generation {
  readonly id: string;
  readonly jobId: string;
  readonly number: number;
  readonly members: readonly Member[];
}

interface Vrt {
  readonly id: string;
  readonly title: string;
  shown: Generation;
  /** Those that are kept, newest first. */
  kept: readonly Generation[];
  lastNumber: number;
  /** Of the last build. */
  newestJob: string;
  /** Of the members, when their statistics were put together. */
  values: readonly number[];
}

/** How many builds of each virtual raster are kept. */
const KEPT = 10;
const TILE = 8;
const COLUMNS = 4;
const RASTERS = 9;
const MOST_VRTS = 3;

type Answer = Awaited<ReturnType<typeof call>>;

export class World {
  readonly #folder: string;
  readonly #rasters: Raster[] = [];
  readonly #vrts: Vrt[] = [];
  #server: Child;
  #lastValue = 0;
  #titles = 0;

  private constructor(folder: string, server: Child) {
    this.#folder = folder;
    this.#server = server;
  }

  static async begin(folder: string): Promise<World> {
    await mkdir(join(folder, 'tiles'), { recursive: true });
    const world = new World(folder, await start(join(folder, 'data'), join(folder, 'tiles')));
    for (let index = 0; index < RASTERS; index += 1) {
      const title = `tile-${index}.tif`;
      const path = join(folder, 'tiles', title);
      const raster = { path, title, column: index % COLUMNS, id: null, version: 0, value: 0 };
      world.#rasters.push(raster);
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
    const vrt = this.#vrts[a % Math.max(1, this.#vrts.length)];
    const raster = this.#rasters[b % this.#rasters.length] as Raster;
    if (kind === 'replace a raster') {
      await this.#writeAndRegister(raster);
    } else if (kind === 'delete a raster') {
      await this.#deleteRaster(raster);
    } else if (kind === 'restart') {
      await kill(this.#server);
      this.#server = await this.#restart();
    } else if (kind === 'create') {
      if (this.#vrts.length < MOST_VRTS) await this.#create([a, b, a + b + 1]);
    } else if (vrt !== undefined) {
      await this.#performOn(vrt, kind, raster, a, b);
    }
    await this.#settled();
    for (const each of this.#vrts) await this.#check(each);
  }

  async #performOn(vrt: Vrt, kind: Operation['kind'], raster: Raster, a: number, b: number): Promise<void> {
    if (kind === 'roll back') return await this.#rollBack(vrt, b);
    if (kind === 'delete') return await this.#delete(vrt);
    if (kind === 'kill while it changes') return await this.#killWhile(vrt, raster, a, b);
    if (kind === 'two at once') return await this.#twoAtOnce(vrt, raster);
    const change = this.#changeOf(vrt, kind, raster, b);
    const answer = await this.#send(change);
    assert.equal(answer.status, change.status, `${kind}: ${JSON.stringify(answer.body)}`);
    if (answer.status === 202) await this.#adopt(vrt, answer.body.job_id, change.ids);
  }

  /** A request that changes a virtual raster, how it is to be answered, and its sources if it is accepted. */
  #changeOf(vrt: Vrt, kind: Operation['kind'], raster: Raster, b: number): Change {
    const ids = vrt.shown.members.map((member) => member.id);
    const sources = `/api/ingest/vrt/${vrt.id}/sources/`;
    if (kind === 'add') {
      const id = raster.id ?? '00000000-0000-4000-8000-000000000000';
      const position = b % 3 === 0 ? b % (ids.length + 1) : ids.length;
      const status = raster.id === null ? 422 : ids.includes(id) ? 409 : 202;
      const body = { source_dataset_id: id, ...(b % 3 === 0 ? { position } : {}) };
      return { method: 'POST', path: sources, body, status, ids: ids.toSpliced(position, 0, id) };
    }
    if (kind === 'remove') {
      const id = ids[b % ids.length] as string;
      const status = ids.length <= 2 ? 422 : 202;
      return { method: 'DELETE', path: `${sources}${id}/`, status, ids: ids.filter((other) => other !== id) };
    }
    if (kind === 'order') {
      const dice = new Dice(b);
      const all = this.#rasters.flatMap(({ id }) => id ?? []);
      const chosen = dice.shuffled(all).slice(0, dice.integer(2, all.length));
      return { method: 'PUT', path: sources, body: { source_dataset_ids: chosen }, status: 202, ids: chosen };
    }
    return { method: 'POST', path: `/api/datasets/${vrt.id}/vrt/regenerate/`, status: 202, ids };
  }

  #send({ method, path, body }: Change): Promise<Answer> {
    return call(this.#server, method, path, body);
  }

  /** Waits for the build of an accepted change, and expects it to be shown. */
  async #adopt(vrt: Vrt, jobId: string, ids: readonly string[]): Promise<void> {
    const job = await settle(this.#server, jobId);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const listed = (await this.#listed(vrt)).find(({ job_id: id }) => id === jobId);
    assert.ok(listed, 'a build that was completed is not listed');
    assert.equal(listed.number, vrt.lastNumber + 1);
    vrt.lastNumber = listed.number;
    vrt.newestJob = jobId;
    vrt.shown = { id: listed.id, jobId, number: listed.number, members: this.#members(ids) };
    vrt.kept = [vrt.shown, ...vrt.kept].slice(0, KEPT);
    vrt.values = this.#values(vrt.shown);
  }

  #members(ids: readonly string[]): Member[] {
    return ids.map((id) => ({ id, version: this.#rasterOf(id).version }));
  }

  #rasterOf(id: string): Raster {
    const raster = this.#rasters.find((candidate) => candidate.id === id);
    assert.ok(raster, `there is no raster ${id}`);
    return raster;
  }

  #values({ members }: Generation): number[] {
    return members.map(({ id }) => this.#rasterOf(id).value);
  }

  async #twoAtOnce(vrt: Vrt, raster: Raster): Promise<void> {
    const ids = vrt.shown.members.map((member) => member.id);
    const isNew = raster.id !== null && !ids.includes(raster.id);
    const changes = [
      this.#changeOf(vrt, isNew ? 'add' : 'remove', raster, 1),
      this.#changeOf(vrt, 'regenerate', raster, 1),
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
    const listed = await this.#listed(vrt);
    const numberOf = (jobId: string) => listed.find(({ job_id: id }) => id === jobId)?.number ?? NaN;
    let now: readonly string[] = ids;
    for (const { id, change } of jobs.toSorted((one, other) => numberOf(one.id) - numberOf(other.id))) {
      now = change === changes[0] ? change.ids : now;
      await this.#adopt(vrt, id, now);
    }
  }

  async #listed(vrt: Vrt): Promise<Listed[]> {
    const { body } = await call(this.#server, 'GET', `/api/datasets/${vrt.id}/vrt/generations/?limit=1000`);
    return body.generations.filter(({ status }: { status: string }) => status === 'completed');
  }

  /** Kills the server at some moment after a change was sent. A change that was taken is built all the same. */
  async #killWhile(vrt: Vrt, raster: Raster, a: number, b: number): Promise<void> {
    const kinds = ['add', 'remove', 'order', 'regenerate'] as const;
    const change = this.#changeOf(vrt, kinds[a % kinds.length] as Operation['kind'], raster, b);
    const server = this.#server;
    const answered = this.#send(change).catch(() => null);
    await delay(b % 150);
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
    const gone = to.members.filter(({ id }) => !this.#rasters.some((raster) => raster.id === id));
    const path = `/api/datasets/${vrt.id}/vrt/rollback/`;
    const { status, body } = await call(this.#server, 'POST', path, { generation_id: to.id });
    if (gone.length > 0) {
      assert.deepEqual([status, body.code], [409, 'generation_incomplete']);
      assert.deepEqual(
        body.missing_sources,
        gone.map(({ id }) => id),
      );
      return;
    }
    assert.equal(status, 200, JSON.stringify(body));
    const isOther = to !== vrt.shown;
    vrt.shown = to;
    if (isOther) vrt.values = this.#values(to);
  }

  async #delete(vrt: Vrt): Promise<void> {
    await this.#remove(vrt.id, vrt.title);
    this.#vrts.splice(this.#vrts.indexOf(vrt), 1);
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
    const all = this.#rasters.flatMap(({ id }) => id ?? []);
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
    const none = { kept: [], lastNumber: 0, newestJob: '', values: [] };
    const vrt: Vrt = { id: job.dataset_id as string, title, shown, ...none };
    this.#vrts.push(vrt);
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
    const users = this.#vrts.filter(({ shown }) => shown.members.some((member) => member.id === id));
    const left = this.#rasters.filter((other) => other.id !== null).length;
    if (users.length === 0) {
      if (left <= 3) return;
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
    return await start(this.dataDir, join(this.#folder, 'tiles'));
  }

  /** Waits until no job is left to do, thumbnails included. */
  async #settled(): Promise<void> {
    for (const status of ['running', 'pending', 'running']) {
      const { body } = await call(this.#server, 'GET', `/api/jobs?limit=1000&status=${status}`);
      for (const { id } of body.jobs) await settle(this.#server, id);
    }
  }

  async #check(vrt: Vrt): Promise<void> {
    const get = async (path: string) => (await call(this.#server, 'GET', `/api/datasets/${vrt.id}${path}`)).body;
    const ids = vrt.shown.members.map(({ id }) => id);
    const listed = (await get('/vrt-sources/')).sources;
    assert.deepEqual(
      listed.map((source: { dataset_id: string }) => source.dataset_id),
      ids,
      'the links',
    );

    const status = await get('/vrt/status/');
    assert.equal(status.generation_id, vrt.shown.id, 'what is shown');
    assert.deepEqual([status.status, status.active_generation, status.source_count], ['ready', null, ids.length]);
    assert.deepEqual(
      status.source_health.map((source: { status: string }) => source.status),
      vrt.shown.members.map((member) => (this.#isCurrent(member) ? 'healthy' : 'stale')),
    );
    assert.deepEqual(
      (await this.#listed(vrt)).map(({ id }) => id),
      vrt.kept.map(({ id }) => id),
      'the builds that are kept',
    );

    const columns = ids.map((id) => this.#rasterOf(id).column);
    const width = (Math.max(...columns) - Math.min(...columns) + 1) * TILE;
    const { raster } = await get('');
    assert.deepEqual([raster.width, raster.height, raster.source_count], [width, TILE, ids.length], 'the facts');
    const { minimum, maximum } = raster.bands[0].statistics;
    assert.deepEqual([minimum, maximum], [Math.min(...vrt.values), Math.max(...vrt.values)], 'the statistics');

    await this.#checkServed(vrt, ids);
  }

  #isCurrent({ id, version }: Member): boolean {
    return this.#rasterOf(id).version === version;
  }

  async #checkServed(vrt: Vrt, ids: readonly string[]): Promise<void> {
    const response = await fetch(`${this.#server.url}/api/datasets/${vrt.id}/download/vrt`, {
      headers: { authorization: `Bearer ${this.#server.token}` },
    });
    const document = await response.text();
    assert.deepEqual(
      Array.from(document.matchAll(/datasets\/([0-9a-f-]{36})\/download\/versions\/\d+\/cog</g), ([, id]) => id),
      ids,
      'the VRT',
    );
    for (let column = 0; column < COLUMNS; column += 1) {
      const top = vrt.shown.members.findLast(({ id }) => this.#rasterOf(id).column === column);
      // Of a raster that was replaced nothing is served before it is built in.
      if (top === undefined || !this.#isCurrent(top)) continue;
      const x = 500_000 + (column + 0.5) * TILE * 10;
      const path = `/api/datasets/${vrt.id}/point/${x},${5_300_000 - 35}?coord_crs=EPSG:32633`;
      const { body } = await call(this.#server, 'GET', path);
      assert.deepEqual([body.values, body.source?.dataset_id], [[this.#rasterOf(top.id).value], top.id], 'the pixels');
    }
  }
}

interface Change {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly status: number;
  readonly ids: readonly string[];
}

interface Listed {
  readonly id: string;
  readonly job_id: string;
  readonly number: number;
}
