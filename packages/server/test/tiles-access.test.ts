import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { checkLink, type LinkBearer, signLink } from '../src/pixels/signed-links.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// Whose pixels who may have: every visibility for every kind of caller, with and without a link.

const VISIBILITIES = ['private', 'restricted', 'internal', 'public'] as const;
type Visibility = (typeof VISIBILITIES)[number];
const CALLERS = ['anonymous', 'viewer', 'stranger', 'owner', 'admin'] as const;
type Caller = (typeof CALLERS)[number];

const UNKNOWN = '00000000-0000-4000-8000-0000000000ff';

const RASTER = makeGeoTiff({ width: 64, height: 64, origin: [690_000, 5_340_000], resolution: 100, epsg: 32632 });
const POINT = '11.6,48.16';

/** Every operation that shows pixels, or leads to them. */
const READS: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['GET', '/tiles/8/136/88.png'],
  ['GET', '/tiles/8/136/88@2x.webp'],
  ['GET', '/tiles/WorldCRS84Quad/8/272/59.png'],
  ['GET', '/tilejson.json'],
  ['GET', '/WMTSCapabilities.xml'],
  ['GET', '/preview'],
  ['GET', '/bbox/11,48,12,49.png'],
  [
    'POST',
    '/feature',
    {
      type: 'Polygon',
      coordinates: [
        [
          [11, 48],
          [12, 48],
          [12, 49],
          [11, 48],
        ],
      ],
    },
  ],
  ['GET', `/point/${POINT}`],
  ['POST', '/point', { points: [[11.6, 48.16]] }],
  ['GET', '/statistics'],
  ['GET', '/histogram'],
  ['GET', '/legend'],
];

/** Who sees a dataset of the owner's. */
function sees(caller: Caller, visibility: Visibility): boolean {
  if (caller === 'owner' || caller === 'admin') return true;
  return visibility === 'public' || (visibility === 'internal' && caller !== 'anonymous');
}

describe('access to pixels', () => {
  let server: TestServer;
  let tokens: Record<Caller, string | null>;
  let rasters: Record<Visibility, string>;

  before(async () => {
    server = await startTestServer();
    tokens = {
      anonymous: null,
      viewer: await server.user('viewer'),
      stranger: await server.user('editor'),
      owner: await server.user('editor'),
      admin: server.admin,
    };
    rasters = {} as Record<Visibility, string>;
    for (const visibility of VISIBILITIES) {
      rasters[visibility] = await server.addRaster(RASTER, {
        title: visibility,
        visibility,
        token: tokens.owner as string,
      });
    }
    await server.settled();
  });
  after(() => server.close());

  const as = (caller: Caller, path: string, method = 'GET', json?: object) =>
    server.call(method, path, { token: tokens[caller], ...(json === undefined ? {} : { json }) });

  for (const visibility of VISIBILITIES) {
    it(`gives what is ${visibility} to those who may see it, and tells others of no such thing`, async () => {
      for (const [method, path, json] of READS) {
        for (const caller of CALLERS) {
          const where = `${caller} ${method} ${path}`;
          const answer = await as(caller, `/api/datasets/${rasters[visibility]}${path}`, method, json);
          const refusal = caller === 'anonymous' ? 401 : 404;
          assert.equal(answer.status, sees(caller, visibility) ? 200 : refusal, where);
          if (answer.status !== 200) {
            const absent = await as(caller, `/api/datasets/${UNKNOWN}${path}`, method, json);
            assert.deepEqual({ ...answer.body, request_id: '' }, { ...absent.body, request_id: '' }, where);
          }
        }
      }
    });
  }

  it('lets shared caches keep what is public only', async () => {
    for (const visibility of VISIBILITIES) {
      for (const path of ['/tiles/8/136/88.png', '/preview', `/point/${POINT}`, '/statistics', '/quicklook']) {
        const { headers } = await as('owner', `/api/datasets/${rasters[visibility]}${path}`);
        assert.equal(
          headers.get('cache-control'),
          visibility === 'public' ? 'public, no-cache' : 'private, no-cache',
          `${visibility} ${path}`,
        );
      }
    }
  });

  it('sees at each tile what its caller may see by then', async () => {
    const token = await server.user('editor');
    const { body: caller } = await server.call('GET', '/api/auth/me/', { token });
    const change = (json: object) => server.call('PATCH', `/api/users/${caller.id}`, { token: server.admin, json });
    const show = (visibility: Visibility) =>
      server.call('PATCH', `/api/datasets/${rasters.internal}`, { token: tokens.owner, json: { visibility } });
    const statuses = async (): Promise<number[]> => {
      const answers = (['internal', 'private'] as const).map((which) =>
        server.call('GET', `/api/datasets/${rasters[which]}/tiles/8/136/88.png`, { token }),
      );
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    // Twice each: the second look-up guesses what the first one found.
    const twice = async (): Promise<number[][]> => [await statuses(), await statuses()];
    const always = (internal: number, hidden: number) => [
      [internal, hidden],
      [internal, hidden],
    ];
    assert.deepEqual(await twice(), always(200, 404));
    await change({ role: 'admin' });
    assert.deepEqual(await twice(), always(200, 200));
    await change({ role: 'viewer' });
    assert.deepEqual(await twice(), always(200, 404));
    await show('private');
    assert.deepEqual(await twice(), always(404, 404));
    await show('internal');
    assert.deepEqual(await twice(), always(200, 404));
    await change({ disabled: true });
    assert.deepEqual(await twice(), always(401, 401));
    await change({ disabled: false });
    assert.deepEqual(await twice(), always(200, 404));
  });

  it('answers a condition to no one who may not see the answer', async () => {
    const path = `/api/datasets/${rasters.private}/tiles/8/136/88.png`;
    const { headers } = await as('owner', path);
    const condition = { 'if-none-match': headers.get('etag') ?? '' };
    assert.equal((await server.call('GET', path, { token: null, headers: condition })).status, 401);
    assert.equal((await server.call('GET', path, { token: tokens.stranger, headers: condition })).status, 404);
    assert.equal((await server.call('GET', path, { token: tokens.owner, headers: condition })).status, 304);
  });

  describe('by a link', () => {
    const linkOf = async (caller: Caller, id: string, query = '') =>
      (await as(caller, `/api/tiles/token/${id}/${query}`)).body as { tile_url: string; sig: string; exp: number };
    const search = ({ sig, exp }: { sig: string; exp: number }) => `?sig=${encodeURIComponent(sig)}&exp=${exp}`;

    it('is given in the form that older clients know', async () => {
      const before = Math.floor(Date.now() / 1000);
      const { status, body } = await as('owner', `/api/tiles/token/${rasters.private}`);
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(body), [
        'kind',
        'tile_url',
        'download_url',
        'sig',
        'exp',
        'expires_in',
        'bounds',
        'minzoom',
        'maxzoom',
        'tile_size',
        'format',
      ]);
      assert.deepEqual([body.kind, body.tile_size, body.format, body.expires_in], ['raster', 256, 'png', 3600]);
      assert.ok(body.exp >= before + 3600 && body.exp <= before + 3605, String(body.exp));
      const week = await as('owner', `/api/tiles/token/${rasters.private}?expires_in=604800`);
      assert.equal(week.body.expires_in, 604_800);
      assert.equal((await as('owner', `/api/tiles/token/${rasters.private}?expires_in=604801`)).status, 422);
      assert.equal((await as('stranger', `/api/tiles/token/${rasters.private}`)).status, 404);
      assert.equal((await as('anonymous', `/api/tiles/token/${rasters.private}`)).status, 401);
    });

    it('opens all that shows the pixels, and the thumbnail, to whoever holds it', async () => {
      const link = await linkOf('owner', rasters.private);
      const tile = await fetch(link.tile_url.replace('{z}', '8').replace('{x}', '136').replace('{y}', '88'));
      assert.equal(tile.status, 200);
      assert.equal(tile.headers.get('cache-control'), 'private, no-cache');
      for (const [method, path, json] of [...READS, ['GET', '/quicklook']] as typeof READS) {
        const { status } = await as(
          'anonymous',
          `/api/datasets/${rasters.private}${path}${search(link)}`,
          method,
          json,
        );
        assert.equal(status, 200, `${method} ${path}`);
      }
      const { body } = await as('anonymous', `/api/datasets/${rasters.private}/tilejson.json${search(link)}`);
      assert.ok(body.tiles[0].includes(`sig=${link.sig}`) && body.tiles[0].includes(`exp=${link.exp}`), body.tiles[0]);
    });

    it('opens no other dataset, and nothing but pixels', async () => {
      const link = await linkOf('owner', rasters.private);
      assert.equal((await as('anonymous', `/api/datasets/${rasters.restricted}/preview${search(link)}`)).status, 401);
      assert.equal((await as('anonymous', `/api/datasets/${rasters.private}/download/cog`)).status, 404);
      assert.equal((await as('anonymous', `/api/datasets/${rasters.private}`)).status, 404);
    });

    it('is refused where any of it was changed, even to who may see the dataset', async () => {
      const { sig, exp } = await linkOf('owner', rasters.private);
      const last = sig.at(-1) === 'A' ? 'B' : 'A';
      for (const query of [
        `?sig=${sig}&exp=${exp + 1}`,
        `?sig=${sig.slice(0, -2)}${last}${sig.at(-1)}&exp=${exp}`,
        `?sig=0${sig.slice(32)}&exp=${exp}`,
        `?sig=${sig}`,
        `?exp=${exp}`,
        `?sig=&exp=${exp}`,
      ]) {
        for (const caller of ['anonymous', 'owner'] as const) {
          const { status, body } = await as(caller, `/api/datasets/${rasters.private}/preview${query}`);
          assert.equal(status, 401, `${caller} ${query}`);
          assert.equal(body.code, 'invalid_token');
        }
      }
    });

    it('adds to what its holder may see and takes nothing from it, when it has ended too', async () => {
      const secret = await server.linkSecret();
      const [{ id: owner } = { id: '' }] = (await server.query('SELECT created_by AS id FROM datasets WHERE id = $1', [
        rasters.private,
      ])) as { id: string }[];
      const over = search(
        signLink(
          secret,
          { datasetId: rasters.private, bearer: { kind: 'user', id: owner }, right: 'pixels' },
          Math.floor(Date.now() / 1000) - 1,
        ),
      );
      const path = `/api/datasets/${rasters.private}/preview${over}`;
      assert.equal((await as('anonymous', path)).status, 401);
      assert.equal((await as('stranger', path)).status, 404);
      assert.equal((await as('owner', path)).status, 200);
      const open = search(
        signLink(
          secret,
          { datasetId: rasters.public, bearer: { kind: 'user', id: owner }, right: 'pixels' },
          Math.floor(Date.now() / 1000) - 1,
        ),
      );
      assert.equal((await as('anonymous', `/api/datasets/${rasters.public}/preview${open}`)).status, 200);
      // A link of somebody who sees less than its holder.
      const strangers = await linkOf('stranger', rasters.internal);
      await server.call('PATCH', `/api/datasets/${rasters.internal}`, {
        token: tokens.owner as string,
        json: { visibility: 'private' },
      });
      assert.equal((await as('owner', `/api/datasets/${rasters.internal}/preview${search(strangers)}`)).status, 200);
      assert.equal(
        (await as('anonymous', `/api/datasets/${rasters.internal}/preview${search(strangers)}`)).status,
        401,
      );
      await server.call('PATCH', `/api/datasets/${rasters.internal}`, {
        token: tokens.owner as string,
        json: { visibility: 'internal' },
      });
    });
  });
});

describe('signed links', () => {
  const SECRET = 'a secret of the tests';
  const USER = '11111111-2222-4333-8444-555555555555';
  const SHARE = '66666666-7777-4888-9999-aaaaaaaaaaaa';
  const NOW = 1_700_000_000_000;
  const EXP = 1_700_003_600;
  const WEEK_AND_DAY = EXP + 8 * 24 * 3600;
  const user: LinkBearer = { kind: 'user', id: USER };
  const share: LinkBearer = { kind: 'share', id: SHARE };
  const nobody: LinkBearer = { kind: 'anonymous' };
  const link = signLink(SECRET, { datasetId: UNKNOWN, bearer: user, right: 'pixels' }, EXP);

  it('say whose they are and what they open, until they end', () => {
    for (const bearer of [user, share, nobody]) {
      for (const right of ['pixels', 'files'] as const) {
        const terms = { datasetId: UNKNOWN, bearer, right };
        assert.deepEqual(checkLink(SECRET, UNKNOWN, signLink(SECRET, terms, EXP), NOW), { kind: 'valid', terms });
      }
      const terms = { datasetId: UNKNOWN, bearer, right: 'source', vrtId: USER } as const;
      const made = signLink(SECRET, terms, EXP);
      assert.deepEqual(checkLink(SECRET, UNKNOWN, made, NOW), { kind: 'valid', terms });
      assert.ok(made.sig.length <= 200, made.sig);
    }
    assert.equal(checkLink(SECRET, UNKNOWN.toUpperCase(), link, NOW).kind, 'valid');
    assert.deepEqual(checkLink(SECRET, UNKNOWN, link, EXP * 1000), { kind: 'expired' });
    assert.deepEqual(checkLink('another', UNKNOWN, link, NOW), { kind: 'forged' });
    assert.deepEqual(checkLink(SECRET, USER, link, NOW), { kind: 'forged' });
    assert.deepEqual(checkLink(SECRET, UNKNOWN, {}, NOW), { kind: 'none' });
  });

  it('cannot be made to say more than was signed', () => {
    const { sig, exp } = link;
    const ofSource = signLink(SECRET, { datasetId: UNKNOWN, bearer: user, right: 'source', vrtId: SHARE }, EXP).sig;
    const hexOfShare = SHARE.replaceAll('-', '');
    for (const changed of [
      `files-${sig}`,
      `source-${sig}`,
      `s-${sig}`,
      sig.replace('.', `-${hexOfShare}.`),
      ofSource.replace('source-', ''),
      ofSource.replace('source-', 'files-'),
      ofSource.replace(`-${hexOfShare}`, `-${USER.replaceAll('-', '')}`),
      ofSource.replace(`-${hexOfShare}`, ''),
    ]) {
      assert.deepEqual(checkLink(SECRET, UNKNOWN, { sig: changed, exp }, NOW), { kind: 'forged' }, changed);
    }
  });

  it('of more than a week are not ours, unless they are a share’s', () => {
    for (const bearer of [user, nobody]) {
      const long = signLink(SECRET, { datasetId: UNKNOWN, bearer, right: 'pixels' }, WEEK_AND_DAY);
      assert.deepEqual(checkLink(SECRET, UNKNOWN, long, NOW), { kind: 'forged' });
    }
    const long = signLink(SECRET, { datasetId: UNKNOWN, bearer: share, right: 'pixels' }, WEEK_AND_DAY);
    assert.equal(checkLink(SECRET, UNKNOWN, long, NOW).kind, 'valid');
  });
});
