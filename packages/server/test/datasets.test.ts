import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// The catalogue: lists, filters, changes, deletions and thumbnails.

describe('datasets', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const list = (query: string): Promise<Answer> => server.call('GET', `/api/datasets/?${query}`);
  const titles = async (query: string): Promise<string[]> => {
    const { body } = await list(query);
    return body.datasets.map((dataset: { title: string }) => dataset.title);
  };
  const get = async (id: string) => (await server.call('GET', `/api/datasets/${id}`)).body;
  const patch = (id: string, json: object): Promise<Answer> => server.call('PATCH', `/api/datasets/${id}`, { json });
  const remove = (id: string, title: string): Promise<Answer> =>
    server.call('DELETE', `/api/datasets/${id}`, { json: { confirm_title: title } });
  const types = (answer: Answer): string[] =>
    answer.body.detail.map((item: { type: string; loc: string[] }) => `${item.loc.join('.')} ${item.type}`);

  /** A raster of half a degree around a place. */
  const at = (lon: number, lat: number, title: string): Promise<string> =>
    server.addRaster(makeGeoTiff({ width: 5, height: 5, origin: [lon, lat], resolution: 0.1, epsg: 4326 }), { title });

  describe('listed', () => {
    before(async () => {
      await at(10, 50, 'Köln 100% wolkenfrei');
      await at(12, 50, 'a_b');
      await at(14, 50, 'axb');
      await at(179.8, -17, 'Fiji, both sides');
      await at(-179.9, -17, 'Fiji, east of it');
      await at(-70, 10, String.raw`back\slash`);
      await server.settled();
    });

    const texts: [q: string, expected: string[]][] = [
      ['100%', ['Köln 100% wolkenfrei']],
      ['%', ['Köln 100% wolkenfrei']],
      ['a_b', ['a_b']],
      ['_', ['a_b']],
      ['\\', [String.raw`back\slash`]],
      ['FIJI', ['Fiji, east of it', 'Fiji, both sides']],
      ['KÖLN', ['Köln 100% wolkenfrei']],
      ["'; DROP TABLE datasets; --", []],
    ];
    for (const [q, expected] of texts) {
      it(`finds ${JSON.stringify(q)} as text, whatever it means to SQL`, async () => {
        assert.deepEqual(await titles(`q=${encodeURIComponent(q)}`), expected);
      });
    }

    const boxes: [bbox: string, expected: string[]][] = [
      ['9,49,11,51', ['Köln 100% wolkenfrei']],
      ['10.4,49.9,13,50.2', ['a_b', 'Köln 100% wolkenfrei']],
      [
        '-180,-90,180,90',
        [String.raw`back\slash`, 'Fiji, east of it', 'Fiji, both sides', 'axb', 'a_b', 'Köln 100% wolkenfrei'],
      ],
      ['179,-18,-179,-16', ['Fiji, east of it', 'Fiji, both sides']],
      ['-180,-18,-179.95,-16', ['Fiji, both sides']],
      ['179.9,-18,180,-16', ['Fiji, both sides']],
      ['170,-18,179,-16', []],
      ['-179,-18,179,-16', []],
      ['-60,0,-50,5', []],
    ];
    for (const [bbox, expected] of boxes) {
      it(`finds within ${bbox} what touches it, across the antimeridian too`, async () => {
        assert.deepEqual(await titles(`bbox=${bbox}`), expected);
      });
    }

    it('says of a raster across the antimeridian that its west is east of its east', async () => {
      const { body } = await list('q=both%20sides');
      const [west, south, east, north] = body.datasets[0].extent_bbox;
      assert.ok(Math.abs(west - 179.8) < 1e-9 && Math.abs(east + 179.7) < 1e-9, `${west} ${east}`);
      assert.deepEqual([south.toFixed(1), north.toFixed(1)], ['-17.5', '-17.0']);
    });

    const refused: [query: string, expected: string[]][] = [
      ['limit=0', ['query.limit greater_than_equal']],
      ['limit=1001', ['query.limit less_than_equal']],
      ['limit=ten', ['query.limit int_parsing']],
      ['limit=1&limit=2', ['query.limit int_type']],
      ['skip=-1', ['query.skip greater_than_equal']],
      ['skip=99999999999999999999', ['query.skip int_parsing']],
      ['bbox=1,2,3', ['query.bbox too_short']],
      [
        'bbox=a,b,c,d',
        [
          'query.bbox.0 float_parsing',
          'query.bbox.1 float_parsing',
          'query.bbox.2 float_parsing',
          'query.bbox.3 float_parsing',
        ],
      ],
      ['bbox=nan,0,1,1', ['query.bbox.0 finite_number']],
      ['bbox=0,0,1e400,1', ['query.bbox.2 finite_number']],
      ['record_type=vector', ['query.record_type literal_error']],
      ['visibility=secret', ['query.visibility literal_error']],
      ['sort=size', ['query.sort literal_error']],
      ['sort=title;drop', ['query.sort literal_error']],
      ['job_id=1', ['query.job_id uuid_parsing']],
      ['collection=00000000-0000-4000-8000-000000000001', ['query.collection not_supported_yet']],
      ['colour=red', ['query.colour extra_forbidden']],
      ['__proto__=1', ['query.__proto__ extra_forbidden']],
      [`q=${'x'.repeat(201)}`, ['query.q string_too_long']],
      ['q=%00', ['query.q value_error']],
    ];
    for (const [query, expected] of refused) {
      it(`refuses ${query.slice(0, 40)}`, async () => {
        const answer = await list(query);
        assert.equal(answer.status, 422, JSON.stringify(answer.body));
        assert.deepEqual(types(answer), expected);
      });
    }

    it('pages through all of them once, in each order, while more arrive at the far end', async () => {
      for (const sort of ['-created_at', 'created_at', '-updated_at', 'updated_at', 'title', '-title']) {
        const whole = await titles(`sort=${sort}&limit=1000`);
        const paged: string[] = [];
        for (let skip = 0; skip < whole.length + 2; skip += 2) {
          const { body } = await list(`sort=${sort}&limit=2&skip=${skip}`);
          assert.equal(body.total, whole.length);
          assert.deepEqual([body.limit, body.skip], [2, skip]);
          paged.push(...body.datasets.map((dataset: { title: string }) => dataset.title));
        }
        assert.deepEqual(paged, whole, sort);
      }
      assert.deepEqual((await list('skip=2147483647')).body.datasets, []);
    });

    it('lists what a job made', async () => {
      const id = await at(20, 20, 'of one job');
      const { body } = await server.call('GET', '/api/jobs?kind=upload&limit=1');
      assert.deepEqual(await titles(`job_id=${body.jobs[0].id}`), ['of one job']);
      assert.deepEqual(await titles('job_id=00000000-0000-4000-8000-0000000000ff'), []);
      assert.equal((await remove(id, 'of one job')).status, 204);
    });
  });

  it('changes what it is told to, and says when', async () => {
    const id = await at(30, 30, 'before');
    const before = await get(id);
    const answer = await patch(id, { title: 'after', visibility: 'public' });
    assert.equal(answer.status, 200);
    assert.deepEqual([answer.body.title, answer.body.visibility, answer.body.summary], ['after', 'public', null]);
    assert.ok(answer.body.updated_at > before.updated_at);
    assert.equal(answer.body.created_at, before.created_at);
    assert.equal((await patch(id, { summary: 'text' })).body.summary, 'text');
    assert.equal((await patch(id, { summary: null })).body.summary, null);
    assert.equal((await patch(id, {})).status, 200);
    assert.equal((await server.call('GET', `/api/datasets/${id}`, { token: null })).status, 200);
  });

  const badPatches: [json: unknown, expected: string[]][] = [
    [{ title: '' }, ['body.title string_too_short']],
    [{ title: null }, ['body.title string_type']],
    [{ title: ' \t' }, ['body.title value_error']],
    [{ title: 'a\u0000b' }, ['body.title value_error']],
    [{ title: '\ud800' }, ['body.title string_unicode']],
    [{ summary: 'x'.repeat(5001) }, ['body.summary string_too_long']],
    [{ visibility: 'secret' }, ['body.visibility literal_error']],
    [{ created_by: '00000000-0000-4000-8000-000000000001' }, ['body.created_by extra_forbidden']],
    [{ id: 1, title: 2 }, ['body.id extra_forbidden', 'body.title string_type']],
    [[], ['body model_attributes_type']],
    ['title', ['body model_attributes_type']],
    [null, ['body model_attributes_type']],
  ];
  for (const [json, expected] of badPatches) {
    it(`refuses the change ${JSON.stringify(json).slice(0, 50)}`, async () => {
      const { body } = await list('limit=1');
      const answer = await patch(body.datasets[0].id, json as object);
      assert.equal(answer.status, 422);
      assert.deepEqual(types(answer).toSorted(), expected);
    });
  }

  it('is found by its id in capitals, and by none that is malformed', async () => {
    const id = await at(31, 30, 'capitals');
    assert.equal((await get(id.toUpperCase())).id, id);
    for (const wrong of ['1', `${id}0`, `{${id}}`, id.replaceAll('-', ''), '..%2f..%2fetc', '%00']) {
      assert.equal((await server.call('GET', `/api/datasets/${wrong}`)).status, 422, wrong);
    }
  });

  describe('deleted', () => {
    const tile = (index: number): Promise<string> =>
      server.addRaster(
        makeGeoTiff({ width: 8, height: 8, origin: [500_000 + 80 * index, 5_300_000], resolution: 10, epsg: 32633 }),
        { title: `tile ${index}` },
      );

    it('goes with its objects, once nothing is made of it', async () => {
      await server.settled();
      const before = await server.storedFiles();
      const [a, b] = [await tile(0), await tile(1)];
      const mosaic = await server.addVrt([a, b], { title: 'holding' });
      await server.settled();
      assert.equal((await server.storedFiles()).length, before.length + 7);

      const refused = await remove(a, 'tile 0');
      assert.equal(refused.status, 409);
      assert.equal(refused.body.code, 'dataset_in_use');
      assert.deepEqual(refused.body.dependent_vrts, [{ vrt_dataset_id: mosaic, vrt_dataset_title: 'holding' }]);
      assert.equal((await get(a)).id, a);

      assert.equal((await remove(mosaic, 'Holding')).status, 400);
      assert.equal((await remove(mosaic, 'holding')).status, 204);
      assert.equal((await remove(mosaic, 'holding')).status, 404);
      assert.equal((await remove(a, 'tile 0')).status, 204);
      assert.equal((await remove(b, 'tile 1')).status, 204);
      assert.deepEqual(await server.storedFiles(), before);
      for (const path of ['', '/quicklook', '/download/cog']) {
        assert.equal((await server.call('GET', `/api/datasets/${a}${path}`)).status, 404);
      }
    });

    it('is refused while a virtual raster is being built of it', async () => {
      const [a, b] = [await tile(2), await tile(3)];
      // Many of them, so that some wait while the deletion arrives.
      const creates = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          server.call('POST', '/api/ingest/vrt/create', {
            json: {
              source_dataset_ids: [a, b],
              vrt_type: 'mosaic',
              resolution_strategy: 'finest',
              title: `mosaic ${n}`,
            },
          }),
        ),
      );
      const refused = await remove(a, 'tile 2');
      assert.equal(refused.status, 409);
      const shown = refused.body.dependent_vrts.map((vrt: { vrt_dataset_title: string }) => vrt.vrt_dataset_title);
      assert.deepEqual(shown.toSorted(), Array.from({ length: 20 }, (_, n) => `mosaic ${n}`).toSorted());
      for (const { body } of creates) {
        const job = await server.waitForJob(body.job_id);
        assert.equal(job.status, 'complete', job.error_message ?? '');
      }
    });

    it('and created at the same moment: whichever wins, no mosaic lacks a source', async () => {
      for (let round = 0; round < 5; round += 1) {
        const [a, b] = [await tile(10 + round), await tile(20 + round)];
        const title = `tile ${10 + round}`;
        const [created, removed] = await Promise.all([
          server.call('POST', '/api/ingest/vrt/create', {
            json: { source_dataset_ids: [a, b], vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'raced' },
          }),
          remove(a, title),
        ]);
        assert.deepEqual([created.status, removed.status].toSorted(), created.status === 202 ? [202, 409] : [204, 422]);
        if (created.status !== 202) continue;
        const job = await server.waitForJob(created.body.job_id);
        assert.equal(job.status, 'complete', job.error_message ?? '');
        const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}/vrt-sources/`);
        assert.equal(body.sources.length, 2);
      }
    });

    const bodies: [json: unknown, expected: string[]][] = [
      [{}, ['body.confirm_title missing']],
      [{ confirm_title: 1 }, ['body.confirm_title string_type']],
      [{ confirm_title: 'x', force: true }, ['body.force extra_forbidden']],
    ];
    for (const [json, expected] of bodies) {
      it(`not by ${JSON.stringify(json)}`, async () => {
        const { body } = await list('limit=1');
        const answer = await server.call('DELETE', `/api/datasets/${body.datasets[0].id}`, { json });
        assert.equal(answer.status, 422);
        assert.deepEqual(types(answer), expected);
      });
    }
  });

  describe('as thumbnails', () => {
    let id: string;
    const quicklook = (query: string, headers: Record<string, string> = {}, method = 'GET') =>
      server.call(method, `/api/datasets/${id}/quicklook${query}`, { headers });

    before(async () => {
      const bytes = makeGeoTiff({ width: 700, height: 350, origin: [5e5, 5e6], resolution: 10, epsg: 32633 });
      id = await server.addRaster(bytes, { title: 'picture', visibility: 'public' });
      await server.settled();
    });

    /** Width and height of a PNG (its IHDR chunk). */
    const sizeOf = (png: Buffer): number[] => [png.readUInt32BE(16), png.readUInt32BE(20)];

    it('are as large as asked for, and never larger than what is stored', async () => {
      for (const [query, expected] of [
        ['', [512, 256]],
        ['?size=512', [512, 256]],
        ['?size=100', [100, 50]],
        ['?size=16', [16, 8]],
        ['?size=2048', [512, 256]],
      ] as const) {
        const answer = await quicklook(query);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), 'image/png');
        assert.deepEqual(sizeOf(answer.body), expected, query);
      }
      for (const query of ['?size=15', '?size=2049', '?size=x', '?size=100.5']) {
        assert.equal((await quicklook(query)).status, 422, query);
      }
    });

    it('have an ETag of their own for each size, and are not sent again for it', async () => {
      const large = (await quicklook('')).headers.get('etag') ?? '';
      const small = (await quicklook('?size=64')).headers.get('etag') ?? '';
      assert.match(large, /^"[^"]+"$/);
      assert.notEqual(large, small);
      for (const tag of [large, `W/${large}`, `"other", ${large}`, '*']) {
        const answer = await quicklook('', { 'if-none-match': tag });
        assert.equal(answer.status, 304, tag);
        assert.equal(answer.body.length, 0);
        assert.equal(answer.headers.get('etag'), large);
        assert.equal(answer.headers.get('cache-control'), 'public, no-cache');
      }
      assert.equal((await quicklook('', { 'if-none-match': small })).status, 200);
    });

    it('answer HEAD with the length alone', async () => {
      const whole = await quicklook('');
      const head = await quicklook('', {}, 'HEAD');
      assert.equal(head.status, 200);
      assert.equal(head.headers.get('content-length'), String(whole.body.length));
      assert.equal(head.headers.get('etag'), whole.headers.get('etag'));
      assert.equal(head.body.length, 0);
    });
  });
});
