import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  GeoTiffError,
  type GeoTiffErrorCode,
  type Source,
  fileSource,
  httpRasterFiles,
  httpSource,
  localRasterFiles,
  memoryRasterFiles,
  memorySource,
  sidecarName,
} from '@inlay/geotiff';
import { type RangeFault, type RangeServer, startRangeServer } from '@inlay/testing';

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

let folder = '';
let server: RangeServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlay-sources-'));
  await writeFile(join(folder, 'a.tif'), BYTES);
  server = await startRangeServer({ 'a.tif': BYTES, 'a b.tif': BYTES, 'empty.tif': new Uint8Array() });
});

after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function fails(promise: Promise<unknown>, code: GeoTiffErrorCode, pattern: RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof GeoTiffError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  });
}

/** What every source promises, whatever is behind it. */
function conformance(kind: string, open: () => Promise<Source>): void {
  describe(`a source over ${kind}`, () => {
    test('gives the bytes asked for', async () => {
      const source = await open();
      assert.deepEqual(new Uint8Array(await source.fetch(10, 5)), Uint8Array.of(10, 11, 12, 13, 14));
      assert.deepEqual(new Uint8Array(await source.fetch(0, 1000)), BYTES);
      await source.close();
    });

    test('knows its name and, after a fetch, its size', async () => {
      const source = await open();
      await source.fetch(0, 1);
      assert.equal(source.name, 'a.tif');
      assert.equal(source.size, 1000);
      await source.close();
    });

    test('gives less at its end and nothing beyond', async () => {
      const source = await open();
      assert.deepEqual(new Uint8Array(await source.fetch(998, 10)), BYTES.slice(998));
      assert.equal((await source.fetch(1000, 10)).byteLength, 0);
      assert.equal((await source.fetch(5000, 10)).byteLength, 0);
      await source.close();
    });

    test('gives buffers that do not share memory', async () => {
      const source = await open();
      const [first, second] = [await source.fetch(0, 10), await source.fetch(0, 10)];
      new Uint8Array(first).fill(99);
      assert.deepEqual(new Uint8Array(second), BYTES.slice(0, 10));
      await source.close();
    });

    test('answers several fetches at once', async () => {
      const source = await open();
      const parts = await Promise.all([0, 100, 200].map((offset) => source.fetch(offset, 2)));
      assert.deepEqual(
        parts.map((part) => new Uint8Array(part)[0]),
        [0, 100, 200],
      );
      await source.close();
    });

    test('rejects with the reason of an aborted signal', async () => {
      const source = await open();
      const reason = new Error('enough');
      await assert.rejects(source.fetch(0, 10, { signal: AbortSignal.abort(reason) }), reason);
      await source.close();
    });

    test('can be closed twice', async () => {
      const source = await open();
      await source.close();
      await source.close();
    });
  });
}

conformance('memory', () => Promise.resolve(memorySource('a.tif', BYTES)));
conformance('a file', () => fileSource(join(folder, 'a.tif')));
conformance('HTTP', () => Promise.resolve(httpSource(`${server.url}/a.tif`)));

test('a file that is not there is named without its path', async () => {
  await fails(fileSource(join(folder, 'b.tif')), 'geotiff/source-unavailable', /^b\.tif does not exist$/);
  const error = await fileSource(join(folder, 'b.tif')).catch((caught: Error) => caught as GeoTiffError);
  assert.ok(error instanceof GeoTiffError);
  assert.ok(!error.message.includes(folder) && !JSON.stringify(error.details).includes(folder));
});

test('a folder is not a file', async () => {
  await fails(fileSource(folder), 'geotiff/source-unavailable', /is not a file/);
});

test('a file that shrinks while it is read is noticed', async () => {
  const path = join(folder, 'shrinking.tif');
  await writeFile(path, BYTES);
  const source = await fileSource(path);
  await truncate(path, 100);
  await fails(source.fetch(50, 200), 'geotiff/source-changed', /shortened/);
  await source.close();
});

async function withFault(fault: RangeFault, run: (source: Source) => Promise<void>, file = 'a.tif'): Promise<void> {
  server.fault = fault;
  try {
    await run(httpSource(`${server.url}/${file}`, { timeoutMs: 300 }));
  } finally {
    server.fault = null;
  }
}

const FAULTS: readonly (readonly [RangeFault, RegExp])[] = [
  [{ kind: 'status', status: 404 }, /does not exist on its server/],
  [{ kind: 'status', status: 403 }, /other credentials/],
  [{ kind: 'status', status: 503 }, /its server answers 503/],
  [{ kind: 'status', status: 416 }, /refuses the range/],
  [{ kind: 'no-content-range' }, /another range/],
  [{ kind: 'other-range' }, /another range/],
  [{ kind: 'too-much' }, /more than was asked for/],
  [{ kind: 'cut' }, /does not answer/],
  [{ kind: 'silence' }, /did not arrive within 0\.3 s/],
  [{ kind: 'redirect', location: 'http://example.invalid/a.tif' }, /redirects to another host/],
  [{ kind: 'redirect', location: '/a.tif' }, /more than 5 redirects/],
];

for (const [fault, pattern] of FAULTS) {
  const name =
    'status' in fault
      ? `${fault.kind} ${fault.status}`
      : 'location' in fault
        ? `${fault.kind} to ${fault.location}`
        : fault.kind;
  test(`a server with the fault "${name}" makes the source unavailable`, async () => {
    await withFault(fault, (source) => fails(source.fetch(100, 50), 'geotiff/source-unavailable', pattern));
  });
}

test('a server without ranges is good enough for small files, asked once', async () => {
  server.clearLog();
  await withFault({ kind: 'ignore-range' }, async (source) => {
    assert.deepEqual(new Uint8Array(await source.fetch(10, 2)), Uint8Array.of(10, 11));
    assert.deepEqual(new Uint8Array(await source.fetch(20, 2)), Uint8Array.of(20, 21));
    assert.equal(source.size, 1000);
  });
  assert.equal(server.requests.length, 1);
});

test('a server without ranges is refused for large files', async () => {
  server.put('large.tif', new Uint8Array(9 * 1024 * 1024));
  await withFault(
    { kind: 'ignore-range' },
    (source) => fails(source.fetch(0, 10), 'geotiff/source-unavailable', /ignores range requests/),
    'large.tif',
  );
});

test('lengths and sizes that a server does not tell are no obstacle', async () => {
  for (const kind of ['no-content-length', 'unknown-size'] as const) {
    await withFault({ kind }, async (source) => {
      assert.deepEqual(new Uint8Array(await source.fetch(10, 2)), Uint8Array.of(10, 11));
    });
  }
});

test('an empty file on a server has size 0', async () => {
  const source = httpSource(`${server.url}/empty.tif`);
  assert.equal((await source.fetch(0, 10)).byteLength, 0);
  assert.equal(source.size, 0);
});

test('a file replaced on its server between two reads is noticed', async () => {
  server.put('changing.tif', BYTES);
  const source = httpSource(`${server.url}/changing.tif`);
  await source.fetch(0, 10);
  server.put('changing.tif', BYTES.toReversed());
  await fails(source.fetch(10, 10), 'geotiff/source-changed', /replaced on its server/);
});

test('a redirect to another host is followed where it is allowed, without the credentials', async () => {
  const other = await startRangeServer({ 'b.tif': BYTES });
  server.fault = { kind: 'redirect', location: `${other.url}/b.tif` };
  try {
    const source = httpSource(`${server.url}/a.tif`, {
      headers: { authorization: 'Bearer secret' },
      isAllowedRedirect: (target) => target.origin === other.url,
    });
    assert.equal((await source.fetch(0, 10)).byteLength, 10);
    assert.equal(other.requests[0]?.headers['authorization'], undefined);
    assert.equal(server.requests.at(-1)?.headers['authorization'], 'Bearer secret');
  } finally {
    server.fault = null;
    await other.close();
  }
});

test('messages name a URL by its last part, never by its query', async () => {
  const source = httpSource(`${server.url}/a%20b.tif?sig=secret`);
  assert.equal(source.name, 'a b.tif');
  assert.equal((await source.fetch(0, 1)).byteLength, 1);
});

test('sidecars are named after the raster, world files in place of its extension', () => {
  assert.equal(sidecarName('a.b.tif', '.msk'), 'a.b.tif.msk');
  assert.equal(sidecarName('a.b.tif', '.aux.xml'), 'a.b.tif.aux.xml');
  assert.equal(sidecarName('a.b.tif', '.tfw'), 'a.b.tfw');
  assert.equal(sidecarName('/x.y/raster', '.wld'), '/x.y/raster.wld');
});

test('sidecars are found beside local files, in memory, and on a server where they are asked for', async () => {
  await writeFile(join(folder, 'a.tif.ovr'), BYTES);
  server.put('a.tif.ovr', BYTES);
  const inMemory = memoryRasterFiles(
    'a.tif',
    new Map([
      ['a.tif', BYTES],
      ['a.tif.ovr', BYTES],
    ]),
  );
  const local = await localRasterFiles(join(folder, 'a.tif'));
  const remote = httpRasterFiles(`${server.url}/a.tif?token=1`, { sidecars: ['.ovr', '.msk'] });
  for (const files of [inMemory, local, remote]) {
    const ovr = await files.sibling('.ovr');
    assert.equal(ovr?.name, 'a.tif.ovr');
    await ovr.close();
    assert.equal(await files.sibling('.msk'), null);
    await files.main.close();
  }
  server.clearLog();
  assert.equal(await httpRasterFiles(`${server.url}/a.tif`).sibling('.ovr'), null);
  assert.deepEqual(server.requests, [], 'nothing is asked for unless it is wanted');
});

test('a folder listing spares the attempts to open sidecars', async () => {
  const files = await localRasterFiles(join(folder, 'a.tif'), { folderListing: new Set(['a.tif']) });
  assert.equal(await files.sibling('.ovr'), null, 'though there is one');
  await files.main.close();
});
