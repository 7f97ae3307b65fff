import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Who else sees a dataset: users that its owner names, whoever holds a link, and, of virtual rasters, those to whom their
// owner shows sources that they do not see by themselves.

const RESOLUTION = 100;
const tile = (index: number): Uint8Array =>
  makeGeoTiff({
    width: 64,
    height: 64,
    origin: [690_000 + 64 * RESOLUTION * index, 5_340_000],
    resolution: RESOLUTION,
    epsg: 32632,
  });
const TILE = '/tiles/8/136/88.png';
const POINT = '/point/11.6,48.16';

describe('sharing', () => {
  let server: TestServer;
  let owner: string;
  let friend: string;
  let stranger: string;
  let viewer: string;

  before(async () => {
    server = await startTestServer();
    owner = await server.user('editor', 'olga');
    friend = await server.user('editor', 'fritz');
    stranger = await server.user('editor', 'sam');
    viewer = await server.user('viewer', 'vera');
  });
  after(() => server.close());

  const call = (token: string | null, method: string, path: string, json?: object): Promise<Answer> =>
    server.call(method, path, { token, ...(json === undefined ? {} : { json }) });
  const status = async (token: string | null, path: string, method = 'GET', json?: object): Promise<number> =>
    (await call(token, method, path, json)).status;
  const grant = (id: string, user: string, level = 'view', more = {}): Promise<Answer> =>
    call(owner, 'PUT', `/api/datasets/${id}/grants/`, { user, level, ...more });
  const patch = (id: string, json: object, token = owner): Promise<Answer> =>
    call(token, 'PATCH', `/api/datasets/${id}`, json);
  const raster = (visibility: string, token = owner, index = 0): Promise<string> =>
    server.addRaster(tile(index), { title: `${visibility} ${index}`, visibility, token });
  const lists = async (token: string | null, id: string): Promise<boolean> =>
    (await call(token, 'GET', '/api/datasets/?limit=1000')).body.datasets.some(
      (dataset: { id: string }) => dataset.id === id,
    );

  describe('with named users', () => {
    it('lets them see what is restricted, in lists as in pixels and files, until it is taken back', async () => {
      const id = await raster('restricted');
      const paths = ['', TILE, POINT, '/download/cog', '/tilejson.json'].map((path) => `/api/datasets/${id}${path}`);
      const sees = async (token: string): Promise<number[]> =>
        Promise.all([...paths.map((path) => status(token, path)), lists(token, id).then(Number)]);
      const nothing = [404, 404, 404, 404, 404, 0];
      assert.deepEqual(await sees(friend), nothing);
      const granted = await grant(id, 'FRITZ');
      assert.equal(granted.status, 200);
      assert.deepEqual([granted.body.username, granted.body.level], ['fritz', 'view']);
      assert.deepEqual(await sees(friend), [200, 200, 200, 200, 200, 1]);
      assert.deepEqual(await sees(stranger), nothing);
      assert.equal(await status(friend, `/api/datasets/${id}/grants/fritz`, 'DELETE'), 204);
      assert.deepEqual(await sees(friend), nothing);
    });

    it('counts where it is restricted, and not where it is private', async () => {
      const id = await raster('restricted');
      await grant(id, 'fritz', 'edit');
      await patch(id, { visibility: 'private' });
      assert.equal(await status(friend, `/api/datasets/${id}`), 404);
      await patch(id, { visibility: 'restricted' });
      assert.equal(await status(friend, `/api/datasets/${id}`), 200);
    });

    it('lets editors change what they were granted to edit, and not decide on it', async () => {
      const id = await raster('restricted');
      await grant(id, 'fritz');
      assert.equal((await patch(id, { summary: 'x' }, friend)).status, 403);
      await grant(id, 'fritz', 'edit');
      await grant(id, 'vera', 'edit');
      assert.equal((await patch(id, { summary: 'by fritz' }, friend)).status, 200);
      assert.equal((await patch(id, { summary: 'by vera' }, viewer)).status, 403);
      assert.equal((await patch(id, { visibility: 'public' }, friend)).status, 403);
      const path = `/api/datasets/${id}`;
      assert.equal(await status(friend, path, 'DELETE', { confirm_title: 'restricted 0' }), 403);
      for (const [method, below, json] of [
        ['GET', '/grants/', undefined],
        ['PUT', '/grants/', { user: 'sam' }],
        ['DELETE', '/grants/vera', undefined],
        ['GET', '/shares/', undefined],
        ['POST', '/shares/', {}],
        ['GET', '/history/', undefined],
      ] as const) {
        assert.equal(await status(friend, `${path}${below}`, method, json), 403, `${method} ${below}`);
        assert.equal(await status(stranger, `${path}${below}`, method, json), 404, `${method} ${below}`);
        assert.equal(await status(null, `${path}${below}`, method, json), 401, `${method} ${below}`);
      }
      await patch(id, { visibility: 'public' });
      assert.equal((await patch(id, { summary: 'by fritz' }, friend)).status, 200);
    });

    it('lists them to the owner, and knows them by name and by id', async () => {
      const id = await raster('restricted');
      const { id: veraId } = (await call(viewer, 'GET', '/api/auth/me/')).body;
      await grant(id, veraId);
      await grant(id, 'fritz', 'edit');
      const { body } = await call(owner, 'GET', `/api/datasets/${id}/grants/`);
      assert.deepEqual(
        body.grants.map(({ username, level }: { username: string; level: string }) => [username, level]),
        [
          ['fritz', 'edit'],
          ['vera', 'view'],
        ],
      );
      assert.equal(body.total, 2);
      assert.equal(await status(owner, `/api/datasets/${id}/grants/${veraId}`, 'DELETE'), 204);
      assert.equal(await status(owner, `/api/datasets/${id}/grants/${veraId}`, 'DELETE'), 404);
      const nobody = await grant(id, 'nobody');
      assert.deepEqual([nobody.status, nobody.body.detail[0].type], [422, 'user_not_found']);
      assert.equal((await grant(id, 'olga')).body.detail[0].type, 'value_error');
    });
  });

  describe('by links', () => {
    const share = async (id: string, json: object = {}): Promise<{ id: string; url: string; search: string }> => {
      const { status: made, body } = await call(owner, 'POST', `/api/datasets/${id}/shares/`, json);
      assert.equal(made, 201);
      return { ...body, search: `?sig=${body.sig}&exp=${body.exp}` };
    };

    it('opens the dataset and all that shows it, to whoever holds the link', async () => {
      const id = await raster('private');
      await server.settled();
      const { search, url } = await share(id, { name: 'for the mayor' });
      assert.equal(url, `${server.url}/datasets/${id}${search}`);
      for (const path of ['', TILE, POINT, '/preview', '/statistics', '/tilejson.json', '/quicklook']) {
        for (const token of [null, stranger]) {
          assert.equal(await status(token, `/api/datasets/${id}${path}${search}`), 200, path);
        }
        const without = await status(null, `/api/datasets/${id}${path}`);
        assert.ok(without === 404 || without === 401, path);
      }
      const { body } = await call(null, 'GET', `/api/datasets/${id}${search}`);
      assert.deepEqual(body.access, { level: 'view', by: 'link', pixels: true, files: false });
      // A link takes nothing from what its holder may by themselves.
      const { access } = (await call(owner, 'GET', `/api/datasets/${id}${search}`)).body;
      assert.deepEqual(access, { level: 'manage', by: 'owner', pixels: true, files: true });
      const shown = body.raster.tile_url.replace('{z}', '8').replace('{x}', '136').replace('{y}', '88');
      assert.equal((await fetch(shown)).status, 200);
      assert.equal(await lists(null, id), false);
      assert.equal(await status(null, `/api/datasets/${id}/vrt-sources/${search}`), 404);
    });

    it('opens the files only where it was made to', async () => {
      const id = await raster('private');
      const [shows, opens] = [await share(id), await share(id, { downloads: true })];
      const cog = `/api/datasets/${id}/download/cog`;
      for (const method of ['GET', 'HEAD']) {
        assert.equal(await status(null, `${cog}${shows.search}`, method), 404);
        assert.equal(await status(null, `${cog}${opens.search}`, method), 200);
      }
    });

    it('opens nothing once it is revoked, is over, or its maker may not sign in', async () => {
      const id = await raster('private');
      const path = `/api/datasets/${id}`;
      const revoked = await share(id);
      assert.equal(await status(owner, `${path}/shares/${revoked.id}`, 'DELETE'), 204);
      assert.equal(await status(owner, `${path}/shares/${revoked.id}`, 'DELETE'), 404);
      const over = await share(id);
      await server.query(`UPDATE shares SET expires_at = now() - interval '1 second' WHERE id = $1`, [over.id]);
      for (const { search } of [revoked, over]) {
        for (const below of ['', TILE]) assert.equal(await status(null, `${path}${below}${search}`), 401, below);
        // Who may see it by themselves still does.
        assert.equal(await status(owner, `${path}${TILE}${search}`), 200);
        assert.equal(await status(stranger, `${path}${TILE}${search}`), 404);
      }
      const { body } = await call(owner, 'GET', `${path}/shares/`);
      assert.deepEqual(
        body.shares.map(({ revoked_at: at }: { revoked_at: string | null }) => at === null),
        [true, false],
      );
      const open = await share(id);
      await server.query(`UPDATE users SET disabled_at = now() WHERE username = 'olga'`);
      assert.equal(await status(null, `${path}${TILE}${open.search}`), 401);
      await server.query(`UPDATE users SET disabled_at = NULL WHERE username = 'olga'`);
      assert.equal(await status(null, `${path}${TILE}${open.search}`), 200);
    });

    it('opens no other dataset', async () => {
      const [id, other] = [await raster('private'), await raster('private')];
      const { search } = await share(id);
      assert.equal(await status(null, `/api/datasets/${other}${search}`), 401);
      assert.equal(await status(owner, `/api/datasets/${other}${search}`), 401);
    });
  });

  describe('of virtual rasters', () => {
    const mosaic = (ids: string[], visibility = 'private', more = {}): Promise<Answer> =>
      call(owner, 'POST', '/api/ingest/vrt/create', {
        source_dataset_ids: ids,
        vrt_type: 'mosaic',
        resolution_strategy: 'finest',
        title: 'of two',
        visibility,
        ...more,
      });
    const built = async (answer: Answer): Promise<{ id: string; warnings: readonly string[] }> => {
      assert.equal(answer.status, 202, JSON.stringify(answer.body));
      const job = await server.waitForJob(answer.body.job_id);
      assert.equal(job.status, 'complete', job.error_message ?? '');
      return { id: job.dataset_id as string, warnings: job.warnings };
    };
    const READS = ['', TILE, POINT, '/tilejson.json', '/download/vrt', '/vrt-sources/', '/vrt/status/'];
    const shown = async (token: string | null, id: string): Promise<string> => {
      const statuses = await Promise.all(READS.map((path) => status(token, `/api/datasets/${id}${path}`)));
      const listed = await lists(token, id);
      if (!listed && statuses.every((each) => each === 404 || each === 401)) return 'nothing';
      return listed && statuses.every((each) => each === 200) ? 'all' : JSON.stringify([listed, ...statuses]);
    };

    it('asks before it shows sources to people who may not see them', async () => {
      const [hidden, open] = [await raster('private'), await raster('public', owner, 1)];
      const refused = await mosaic([hidden, open], 'public');
      assert.equal(refused.status, 422);
      assert.deepEqual(refused.body.detail, [
        {
          loc: ['body', 'confirm_public_sources'],
          msg: 'One source ("private 0") would be seen by people who may not see it, because it is public',
          type: 'confirmation_required',
          input: null,
          ctx: {
            field: 'confirm_public_sources',
            count: 1,
            sources: [{ dataset_id: hidden, title: 'private 0' }],
            fix: 'send confirm_public_sources: true to share their pixels through it, or choose a narrower visibility',
          },
        },
      ]);
      const dryRun = await call(owner, 'POST', '/api/ingest/vrt/validate', {
        source_dataset_ids: [hidden, open],
        vrt_type: 'mosaic',
        resolution_strategy: 'finest',
        title: 'of two',
        visibility: 'internal',
      });
      assert.deepEqual([dryRun.body.valid, dryRun.body.problems[0].type], [false, 'confirmation_required']);

      const { id, warnings } = await built(await mosaic([hidden, open], 'public', { confirm_public_sources: true }));
      assert.deepEqual(warnings, [
        'The virtual raster is public, "private 0" is not: as was confirmed, all who see it see their pixels.',
      ]);
      for (const token of [null, viewer, stranger]) assert.equal(await shown(token, id), 'all');
      // The source itself stays as hidden as it was.
      assert.equal(await status(stranger, `/api/datasets/${hidden}`), 404);
      const { body } = await call(stranger, 'GET', `/api/datasets/${id}/vrt-sources/`);
      assert.deepEqual(
        body.sources.map(({ dataset_id: source }: { dataset_id: string }) => source),
        [open],
      );
      const state = (await call(stranger, 'GET', `/api/datasets/${id}/vrt/status/`)).body;
      assert.deepEqual([state.source_count, state.source_health_total, state.health.healthy], [2, 1, 2]);
      assert.deepEqual(
        state.source_health.map(({ dataset_id: source }: { dataset_id: string }) => source),
        [open],
      );
      assert.ok(!JSON.stringify(state).includes(hidden));
    });

    it('names shared sources, in what is downloaded, by links that open them as long as it is shared', async () => {
      const [hidden, open] = [await raster('private'), await raster('public', owner, 1)];
      const { id } = await built(await mosaic([hidden, open], 'public', { confirm_public_sources: true }));
      const text = (await call(null, 'GET', `/api/datasets/${id}/download/vrt`)).body.toString() as string;
      const urls = [...text.matchAll(/\/vsicurl\/([^<]+)</g)].map((match) => (match[1] ?? '').replaceAll('&amp;', '&'));
      assert.equal(urls.length, 2);
      for (const url of urls) assert.equal((await fetch(url)).status, 200, url);
      const url = urls.find((each) => each.includes(hidden)) ?? '';
      assert.equal((await fetch(url.replace(/\/download\/.*cog/, '/preview'))).status, 401);
      await patch(id, { visibility: 'internal' });
      assert.equal((await fetch(url)).status, 404);
      await patch(id, { visibility: 'public' });
      assert.equal((await fetch(url)).status, 200);
      await patch(id, { confirm_public_sources: false });
      assert.equal((await fetch(url)).status, 404);
      assert.equal(await shown(null, id), 'nothing');
    });

    it('asks when it is opened later, and remembers who agreed, and when', async () => {
      const ids = [await raster('private'), await raster('internal', owner, 1)];
      const { id } = await built(await mosaic(ids));
      const refused = await patch(id, { visibility: 'public', summary: 'not kept' });
      assert.equal(refused.status, 422);
      assert.equal(refused.body.detail[0].ctx.count, 2);
      const unchanged = (await call(owner, 'GET', `/api/datasets/${id}`)).body;
      assert.deepEqual([unchanged.visibility, unchanged.summary], ['private', null]);
      assert.equal(unchanged.raster.sources_confirmed_at, null);
      assert.equal((await patch(id, { visibility: 'internal' })).body.detail[0].ctx.count, 1);
      const agreed = await patch(id, { visibility: 'public', confirm_public_sources: true });
      assert.equal(agreed.status, 200);
      assert.ok(agreed.body.raster.sources_confirmed_at !== null);
      assert.equal(await shown(null, id), 'all');
      const [kept] = await server.query(
        `SELECT username FROM vrt_confirmations JOIN users ON users.id = confirmed_by WHERE dataset_id = $1`,
        [id],
      );
      assert.deepEqual(kept, { username: 'olga' });
      assert.equal((await patch(ids[0] as string, { confirm_public_sources: true })).status, 422);
    });

    it('asks when a user is named who may not see the sources', async () => {
      const ids = [await raster('private'), await raster('restricted', owner, 1)];
      const { id } = await built(await mosaic(ids, 'restricted'));
      const refused = await grant(id, 'fritz');
      assert.deepEqual([refused.status, refused.body.detail[0].type], [422, 'confirmation_required']);
      assert.deepEqual((await call(owner, 'GET', `/api/datasets/${id}/grants/`)).body.grants, []);
      assert.equal((await grant(id, 'fritz', 'view', { confirm_public_sources: true })).status, 200);
      assert.equal(await shown(friend, id), 'all');
      assert.equal(await shown(stranger, id), 'nothing');
    });

    it('shows it only to those who see all of its sources, as these are shown and hidden', async () => {
      const ids = [await raster('public'), await raster('public', owner, 1)];
      const [first = '', second = ''] = ids;
      const { id } = await built(await mosaic(ids, 'public'));
      assert.equal(await shown(null, id), 'all');
      await patch(first, { visibility: 'internal' });
      assert.deepEqual([await shown(null, id), await shown(stranger, id)], ['nothing', 'all']);
      await patch(first, { visibility: 'restricted' });
      await patch(second, { visibility: 'restricted' });
      await grant(first, 'fritz');
      assert.deepEqual([await shown(stranger, id), await shown(friend, id)], ['nothing', 'nothing']);
      await grant(second, 'fritz', 'edit');
      assert.deepEqual([await shown(stranger, id), await shown(friend, id)], ['nothing', 'all']);
      await patch(second, { visibility: 'private' });
      assert.deepEqual([await shown(friend, id), await shown(owner, id)], ['nothing', 'all']);
      await patch(first, { visibility: 'public' });
      await patch(second, { visibility: 'public' });
      assert.equal(await shown(null, id), 'all');
    });

    it('tells an owner from whom sources were hidden, and gives their pixels to nobody', async () => {
      const lent = await raster('internal', friend);
      const { id } = await built(
        await mosaic([lent, await raster('public', owner, 1)], 'public', { confirm_public_sources: true }),
      );
      await server.settled();
      assert.equal(await shown(null, id), 'all');
      const link = (await call(owner, 'GET', `/api/tiles/token/${id}/?downloads=true`)).body;
      const search = `?sig=${link.sig}&exp=${link.exp}`;
      assert.equal(await status(null, `/api/datasets/${id}${TILE}${search}`), 200);

      assert.equal((await patch(lent, { visibility: 'private' }, friend)).status, 200);
      assert.equal(await shown(null, id), 'nothing');
      const record = await call(owner, 'GET', `/api/datasets/${id}`);
      assert.equal(record.status, 200);
      assert.equal(record.body.raster.bands[0].statistics, null);
      assert.equal(await status(owner, `/api/datasets/${id}/vrt/status/`), 200);
      for (const [path, refusal] of [
        [TILE, 404],
        [POINT, 404],
        ['/quicklook', 404],
        ['/download/vrt', 403],
      ] as const) {
        assert.equal(await status(owner, `/api/datasets/${id}${path}`), refusal, path);
        assert.ok((await status(null, `/api/datasets/${id}${path}${search}`)) >= 401, path);
      }
      await patch(lent, { visibility: 'internal' }, friend);
      assert.equal(await shown(null, id), 'all');
    });

    it('opens by a link with everything that its VRT names', async () => {
      const ids = [await raster('private'), await raster('private', owner, 1)];
      const { id } = await built(await mosaic(ids));
      const { body: share } = await call(owner, 'POST', `/api/datasets/${id}/shares/`, { downloads: true });
      const { body: token } = await call(owner, 'GET', `/api/tiles/token/${id}/?downloads=true`);
      assert.ok(
        token.download_url.startsWith(`${server.url}/api/datasets/${id}/download/vrt?sig=`),
        token.download_url,
      );
      const shareUrl = `${server.url}/api/datasets/${id}/download/vrt?sig=${share.sig}&exp=${share.exp}`;
      for (const address of [shareUrl, token.download_url as string]) {
        assert.equal((await fetch(address, { method: 'HEAD' })).status, 200);
        const text = await (await fetch(address)).text();
        const urls = [...text.matchAll(/\/vsicurl\/([^<]+)</g)].map((match) =>
          (match[1] ?? '').replaceAll('&amp;', '&'),
        );
        assert.equal(urls.length, 2);
        for (const url of urls) {
          const range = await fetch(url, { headers: { range: 'bytes=0-15' } });
          assert.equal(range.status, 206, url);
          const forged = url.replace(/sig=source-(.)/, (_, first) => `sig=source-${first === '0' ? '1' : '0'}`);
          assert.equal((await fetch(forged)).status, 401);
        }
      }
      const pixelsOnly = (await call(owner, 'GET', `/api/tiles/token/${id}/`)).body;
      assert.equal(pixelsOnly.download_url, null);
      const search = `?sig=${pixelsOnly.sig}&exp=${pixelsOnly.exp}`;
      assert.equal(await status(null, `/api/datasets/${id}/download/vrt${search}`), 404);
      const [member = ''] = [...(await (await fetch(shareUrl)).text()).matchAll(/\/vsicurl\/([^<]+)</g)].map((match) =>
        (match[1] ?? '').replaceAll('&amp;', '&'),
      );
      await call(owner, 'DELETE', `/api/datasets/${id}/shares/${share.id}`);
      assert.equal((await fetch(member)).status, 401);
    });
  });
});
