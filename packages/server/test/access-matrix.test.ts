import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Operation, type OperationId, routes } from '@inlay/contract';
import { makeGeoTiff } from '@inlay/testing';
import { ACCESS_REQUESTS, type AccessRequest, type Subject } from './access-requests.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Every operation, for every kind of caller and every visibility, against the tables of docs/access.md: an operation that
// stands in none of them fails.

const PAGE = fileURLToPath(new URL('../../../docs/access.md', import.meta.url));
const VISIBILITIES = ['private', 'restricted', 'internal', 'public'] as const;
type Visibility = (typeof VISIBILITIES)[number];
/** Requests that are under way at a time. */
const AT_ONCE = 8;

/** `yes`, a status, or `-` where there is no such request: by caller, then by visibility. */
type RuleTable = ReadonlyMap<string, readonly string[]>;

/** A way to come to the server. */
interface Caller {
  readonly token: string | null;
  /** Whose datasets and jobs are asked for: `owner` is somebody else to all but the owner. */
  readonly of: 'owner' | 'demoted';
  readonly link?: (dataset: string) => string;
}

function tile(index: number): Uint8Array {
  const origin: [number, number] = [690_000 + 6400 * index, 5_340_000];
  return makeGeoTiff({ width: 64, height: 64, origin, resolution: 100, epsg: 32632 });
}

describe('the access of every operation', () => {
  let server: TestServer;
  let rules: ReadonlyMap<string, RuleTable>;
  let ruleOf: ReadonlyMap<string, string>;
  let callers: Readonly<Record<string, Caller>>;
  let subjects: Readonly<Record<Caller['of'], Record<Visibility, Subject>>>;

  before(async () => {
    ({ rules, ruleOf } = tablesOf(await readFile(PAGE, 'utf8')));
    server = await startTestServer();
    const people = ['viewer', 'editor', 'granted_view', 'granted_edit', 'granted_viewer', 'owner', 'demoted'] as const;
    const tokens = {} as Record<(typeof people)[number], string>;
    // Keys, which signing out does not end.
    const keyOf = async (token: string, scope: string): Promise<string> =>
      (await server.call('POST', '/api/auth/api-keys/', { token, json: { name: scope, scope } })).body.key;
    for (const name of people) {
      const role = name === 'viewer' || name === 'granted_viewer' ? 'viewer' : 'editor';
      tokens[name] = await keyOf(await server.user(role, name), 'write');
    }
    const both = { owner: {}, demoted: {} } as Record<Caller['of'], Record<Visibility, Subject>>;
    const links = new Map<string, string>();
    for (const whose of ['owner', 'demoted'] as const) {
      const token = tokens[whose];
      const pair = [
        await server.addRaster(tile(0), { visibility: 'public', token }),
        await server.addRaster(tile(1), { visibility: 'public', token }),
      ];
      for (const visibility of VISIBILITIES) {
        const raster = await server.addRaster(tile(0), { title: 'raster', visibility, token });
        const mosaic = await server.addVrt(pair, { title: 'mosaic', visibility, token });
        both[whose][visibility] = await subjectOf(raster, mosaic);
        if (whose === 'demoted') continue;
        for (const id of [raster, mosaic]) {
          for (const [user, level] of [
            ['granted_view', 'view'],
            ['granted_edit', 'edit'],
            ['granted_viewer', 'edit'],
          ]) {
            await server.call('PUT', `/api/datasets/${id}/grants/`, { token, json: { user, level } });
          }
          for (const downloads of [false, true]) {
            const { body } = await server.call('POST', `/api/datasets/${id}/shares/`, { token, json: { downloads } });
            links.set(`${id} ${downloads}`, `sig=${body.sig}&exp=${body.exp}`);
          }
        }
      }
    }
    subjects = both;
    await server.settled();
    await server.query(`UPDATE users SET role = 'viewer' WHERE username = 'demoted'`);
    const linkOf = (downloads: boolean) => (id: string) => links.get(`${id} ${downloads}`) ?? '';
    callers = {
      anonymous: { token: null, of: 'owner' },
      'a share': { token: null, of: 'owner', link: linkOf(false) },
      'a share with files': { token: null, of: 'owner', link: linkOf(true) },
      viewer: { token: tokens.viewer, of: 'owner' },
      editor: { token: tokens.editor, of: 'owner' },
      'granted to view': { token: tokens.granted_view, of: 'owner' },
      'granted to edit': { token: tokens.granted_edit, of: 'owner' },
      'granted to edit, role viewer': { token: tokens.granted_viewer, of: 'owner' },
      owner: { token: tokens.owner, of: 'owner' },
      'owner, role viewer': { token: tokens.demoted, of: 'demoted' },
      'owner, read token': { token: await keyOf(tokens.owner, 'read'), of: 'owner' },
      admin: { token: server.admin, of: 'owner' },
      'admin, read token': { token: await keyOf(server.admin, 'read'), of: 'owner' },
    };
  });
  after(() => server.close());

  async function subjectOf(raster: string, mosaic: string): Promise<Subject> {
    const jobOf = async (id: string): Promise<string> => {
      const [row] = await server.query('SELECT job_id FROM datasets WHERE id = $1', [id]);
      return String(row?.['job_id']);
    };
    const [row] = await server.query('SELECT generation_id FROM vrts WHERE dataset_id = $1', [mosaic]);
    return {
      raster,
      mosaic,
      generation: String(row?.['generation_id']),
      job: await jobOf(mosaic),
      upload: await jobOf(raster),
    };
  }

  it('is stated for each of them, and for no other', () => {
    assert.deepEqual([...ruleOf.keys()].toSorted(), Object.keys(routes).toSorted());
    assert.deepEqual([...new Set(ruleOf.values())].toSorted(), [...rules.keys()].toSorted());
    for (const [rule, rows] of rules) {
      for (const caller of rows.keys()) assert.ok(Object.hasOwn(callers, caller), `${rule}: ${caller}`);
      assert.deepEqual(new Set(rows.keys()), new Set(Object.keys(callers)), rule);
    }
  });

  /** Those whose answer differs with the link of a share take one. */
  const takesLink = ({ query }: Operation): boolean => query !== undefined && Object.hasOwn(query.properties, 'sig');

  async function check(id: OperationId, who: string, visibility: Visibility, expected: string): Promise<void> {
    const operation: Operation = routes[id];
    const caller = callers[who] as Caller;
    const subject = subjects[caller.of][visibility];
    const request = ACCESS_REQUESTS[id](subject);
    const link = caller.link?.(String(request.params?.['id'] ?? '')) ?? '';
    const where = `${id} for ${who} of what is ${visibility}`;
    if (expected === '-') {
      assert.ok(caller.link !== undefined && !takesLink(operation), `${where}: there is such a request`);
      return;
    }
    const answer = await send(operation, request, caller.token, link);
    const status = expected === 'yes' ? request.passes : Number(expected);
    const told = Buffer.isBuffer(answer.body) ? '' : JSON.stringify(answer.body);
    assert.equal(answer.status, status, `${where}: ${told}`);
    if (request.missing !== undefined && answer.status === 404 && operation.method !== 'HEAD') {
      assert.equal(request.missing.test(answer.body.detail), expected === 'yes', `${where}: ${answer.body.detail}`);
    }
    const cacheControl = answer.headers.get('cache-control') ?? '';
    if (visibility !== 'public' && operation.params !== undefined) assert.doesNotMatch(cacheControl, /public/, where);
  }

  async function send(
    { method, path }: Operation,
    { params = {}, json, form }: AccessRequest,
    token: string | null,
    link: string,
  ): Promise<Answer> {
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name]));
    return await server.call(method, `${url}${link === '' ? '' : `?${link}`}`, {
      token,
      ...(json === undefined ? {} : { json }),
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
  }

  it('is told to whoever sees a dataset, as these rules say', async () => {
    const passes = (rule: string, who: string, index: number): boolean => rules.get(rule)?.get(who)?.[index] === 'yes';
    const grounds = new Set<string>();
    for (const [who, caller] of Object.entries(callers)) {
      for (const [index, visibility] of VISIBILITIES.entries()) {
        if (!passes('sees', who, index)) continue;
        for (const kind of ['raster', 'mosaic'] as const) {
          const id = subjects[caller.of][visibility][kind];
          const link = caller.link?.(id) ?? '';
          const { body } = await send(routes.getDataset, { params: { id }, passes: 200 }, caller.token, link);
          const { level, by, pixels, files } = body.access;
          const where = `${who} of a ${kind} that is ${visibility}`;
          const expected = passes('decides', who, index) ? 'manage' : passes('changes', who, index) ? 'edit' : 'view';
          assert.equal(level, expected, where);
          assert.deepEqual([pixels, files], [passes('pixels', who, index), passes('files', who, index)], where);
          assert.equal(body.created_by_name, caller.token === null ? null : caller.of, where);
          grounds.add(`${who}: ${by}`);
        }
      }
    }
    assert.deepEqual([...grounds].toSorted(), [
      'a share with files: link',
      'a share with files: visibility',
      'a share: link',
      'a share: visibility',
      'admin, read token: administrator',
      'admin: administrator',
      'anonymous: visibility',
      'editor: visibility',
      'granted to edit, role viewer: grant',
      'granted to edit: grant',
      'granted to view: grant',
      'granted to view: visibility',
      'owner, read token: owner',
      'owner, role viewer: owner',
      'owner: owner',
      'viewer: visibility',
    ]);
  });

  for (const id of Object.keys(routes) as OperationId[]) {
    it(`of ${id} is as its rule says`, async () => {
      const rule = rules.get(ruleOf.get(id) ?? '') ?? new Map<string, string[]>();
      assert.ok(rule.size > 0, `docs/access.md has no rule for ${id}`);
      const checks = [...rule].flatMap(([who, statuses]) =>
        VISIBILITIES.map((visibility, index) => () => check(id, who, visibility, statuses[index] ?? '')),
      );
      // What depends on no dataset is asked once.
      const isOfDataset = /\{(id|job_id)\}/.test(routes[id].path) && !/users|api-keys/.test(routes[id].path);
      const wanted = isOfDataset ? checks : checks.filter((_, index) => index % VISIBILITIES.length === 0);
      for (let start = 0; start < wanted.length; start += AT_ONCE) {
        await Promise.all(wanted.slice(start, start + AT_ONCE).map((each) => each()));
      }
    });
  }
});

/** The rules, by name, and which of them each operation follows. */
function tablesOf(markdown: string): { rules: Map<string, RuleTable>; ruleOf: Map<string, string> } {
  const section = (title: string): string => markdown.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  const rowsOf = (text: string): string[][] =>
    [...text.matchAll(/^\| (.+) \|$/gm)].map((match) => (match[1] ?? '').split(' | ').map((cell) => cell.trim()));
  const rules = new Map<string, RuleTable>();
  for (const part of section('The rules').split('\n### ').slice(1)) {
    const name = /^`(\w+)`/.exec(part)?.[1] ?? '';
    const rows = rowsOf(part).slice(2);
    rules.set(
      name,
      new Map(rows.map(([who = '', ...statuses]) => [who, statuses.map((text) => text.replaceAll('`', ''))])),
    );
  }
  const ruleOf = new Map<string, string>();
  for (const [rule = '', ids = ''] of rowsOf(section('Which operation follows which rule')).slice(2)) {
    for (const [, id = ''] of ids.matchAll(/`(\w+)`/g)) ruleOf.set(id, rule.replaceAll('`', ''));
  }
  return { rules, ruleOf };
}
