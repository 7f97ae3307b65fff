import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createFileStorage, freeBytesAt } from '../src/storage/file-storage.ts';
import { createMemoryStorage } from '../src/storage/memory-storage.ts';
import type { Storage } from '../src/storage/storage.ts';
import { explainFull } from '../src/storage/storage-error.ts';

let parent: string;
before(async () => {
  parent = await mkdtemp(join(tmpdir(), 'inlay-storage-'));
});
after(() => rm(parent, { recursive: true, force: true }));

describeStorage('memory storage', async () => createMemoryStorage());
describeStorage('file storage', async () => createFileStorage(await mkdtemp(join(parent, 'root-'))));

/** What every storage promises. */
function describeStorage(name: string, create: () => Promise<Storage>): void {
  describe(name, () => {
    let storage: Storage;
    beforeEach(async () => {
      storage = await create();
    });

    it('gives back what was put, with its size and hash', async () => {
      const put = await storage.put('a/b/c.tif', chunksOf('hello ', 'world'));
      assert.deepEqual(put, {
        bytes: 11,
        sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
      });
      assert.equal(await text(storage.get('a/b/c.tif')), 'hello world');
      const found = await storage.stat('a/b/c.tif');
      assert.equal(found?.bytes, 11);
      assert.ok(Math.abs((found?.modifiedAt.getTime() ?? 0) - Date.now()) < 60_000);
      assert.match(found?.etag ?? '', /^[\w-]+$/);
    });

    it('takes a Node stream', async () => {
      await storage.put('stream', Readable.from([Buffer.from('ab'), Buffer.from('cd')]));
      assert.equal(await text(storage.get('stream')), 'abcd');
    });

    it('takes a file, which is gone then, in place of what was there', async () => {
      const path = join(await mkdtemp(join(parent, 'given-')), 'file');
      await writeFile(path, 'hello world');
      await storage.put('a/b/c.tif', chunksOf('former'));
      assert.deepEqual(await storage.putFile('a/b/c.tif', path), {
        bytes: 11,
        sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
      });
      assert.equal(await text(storage.get('a/b/c.tif')), 'hello world');
      await assert.rejects(readFile(path), { code: 'ENOENT' });
    });

    it('changes nothing where taking a file is aborted', async () => {
      const path = join(await mkdtemp(join(parent, 'given-')), 'file');
      await writeFile(path, 'hello world');
      const signal = AbortSignal.abort(new Error('stopped'));
      await assert.rejects(storage.putFile('kept', path, { signal }), /stopped/);
      assert.equal(await storage.stat('kept'), null);
      assert.equal(await readFile(path, 'utf8'), 'hello world');
    });

    it('keeps an object of no bytes', async () => {
      assert.equal((await storage.put('empty', chunksOf())).bytes, 0);
      assert.equal((await storage.stat('empty'))?.bytes, 0);
      assert.equal(await text(storage.get('empty')), '');
      assert.equal(await text(storage.get('empty', { start: 0, end: 10 })), '');
    });

    it('reads ranges with both ends included', async () => {
      await storage.put('digits', chunksOf('0123456789'));
      assert.equal(await text(storage.get('digits', { start: 0, end: 0 })), '0');
      assert.equal(await text(storage.get('digits', { start: 3, end: 5 })), '345');
      assert.equal(await text(storage.get('digits', { start: 7 })), '789');
      assert.equal(await text(storage.get('digits', { end: 2 })), '012');
      assert.equal(await text(storage.get('digits', { start: 8, end: 99 })), '89');
      assert.equal(await text(storage.get('digits', { start: 10 })), '');
    });

    it('refuses ranges that begin behind the end, or end before they begin', async () => {
      await storage.put('digits', chunksOf('0123456789'));
      for (const range of [{ start: 11 }, { start: -1 }, { start: 5, end: 3 }]) {
        await assert.rejects(storage.get('digits', range), { code: 'storage/invalid-range' }, JSON.stringify(range));
      }
    });

    it('says what is absent', async () => {
      assert.equal(await storage.stat('nothing/here'), null);
      await assert.rejects(storage.get('nothing/here'), { code: 'storage/not-found' });
      await storage.delete('nothing/here');
      await storage.put('folder/object', chunksOf('x'));
      assert.equal(await storage.stat('folder'), null);
      await assert.rejects(storage.get('folder'), { code: 'storage/not-found' });
    });

    it('forgets what was deleted', async () => {
      await storage.put('gone', chunksOf('x'));
      await storage.delete('gone');
      await storage.delete('gone');
      assert.equal(await storage.stat('gone'), null);
    });

    it('replaces an object and changes its entity tag, while a reader gets the former one to its end', async () => {
      const former = 'f'.repeat(300_000);
      await storage.put('key', chunksOf(former));
      const formerTag = (await storage.stat('key'))?.etag;
      const reader = await storage.get('key');
      await storage.put('key', chunksOf('n'.repeat(300_000)));
      assert.notEqual((await storage.stat('key'))?.etag, formerTag);
      assert.equal(await text(Promise.resolve(reader)), former);
    });

    it('holds one whole object when many are put under one key at once', async () => {
      const bodies = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index).repeat(50_000));
      const results = await Promise.all(bodies.map((body) => storage.put('contested', slowly(body))));
      const stored = await text(storage.get('contested'));
      assert.ok(bodies.includes(stored));
      const hash = createHash('sha256').update(stored).digest('hex');
      assert.ok(results.some(({ sha256 }) => sha256 === hash));
      assert.deepEqual(await keysOf(storage, ''), ['contested']);
    });

    it('stops at maxBytes and keeps the object that was there', async () => {
      await storage.put('limited', chunksOf('before'));
      assert.equal((await storage.put('exact', chunksOf('12345'), { maxBytes: 5 })).bytes, 5);
      await assert.rejects(storage.put('limited', chunksOf('123', '456'), { maxBytes: 5 }), {
        code: 'storage/too-large',
        details: { maxBytes: 5 },
      });
      assert.equal(await text(storage.get('limited')), 'before');
    });

    it('passes on what the source of the bytes throws, and ends the source', async () => {
      let isEnded = false;
      async function* breaking(): AsyncGenerator<Uint8Array> {
        try {
          yield Buffer.from('some');
          throw new Error('the upload broke off');
        } finally {
          isEnded = true;
        }
      }
      await assert.rejects(storage.put('broken', breaking()), /the upload broke off/);
      assert.equal(isEnded, true);
      assert.equal(await storage.stat('broken'), null);
    });

    it('can be aborted although the source keeps silent', async () => {
      const controller = new AbortController();
      async function* silent(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('some');
        setTimeout(() => controller.abort(), 5);
        await new Promise(() => undefined);
      }
      await assert.rejects(storage.put('aborted', silent(), { signal: controller.signal }), { name: 'AbortError' });
      assert.equal(await storage.stat('aborted'), null);
      await assert.rejects(storage.put('aborted', chunksOf('x'), { signal: controller.signal }), {
        name: 'AbortError',
      });
    });

    it('stops reading when aborted', async () => {
      await storage.put('large', chunksOf('x'.repeat(1_000_000)));
      const controller = new AbortController();
      const reader = await storage.get('large', { signal: controller.signal });
      controller.abort();
      await assert.rejects(text(Promise.resolve(reader)), { name: 'AbortError' });
    });

    it('lists by prefix', async () => {
      for (const key of ['vrt/1/a.vrt', 'vrt/1/b.vrt', 'vrt/10/a.vrt', 'other']) await storage.put(key, chunksOf(key));
      assert.deepEqual(await keysOf(storage, ''), ['other', 'vrt/1/a.vrt', 'vrt/1/b.vrt', 'vrt/10/a.vrt']);
      assert.deepEqual(await keysOf(storage, 'vrt/1/'), ['vrt/1/a.vrt', 'vrt/1/b.vrt']);
      assert.deepEqual(await keysOf(storage, 'vrt/1'), ['vrt/1/a.vrt', 'vrt/1/b.vrt', 'vrt/10/a.vrt']);
      assert.deepEqual(await keysOf(storage, 'vrt/2/'), []);
      for await (const { key, bytes } of storage.list('oth')) assert.deepEqual([key, bytes], ['other', 5]);
      await assert.rejects(keysOf(storage, '../'), { code: 'storage/invalid-key' });
    });

    it('refuses keys that are none', async () => {
      const keys = [
        '',
        '/',
        '/etc/passwd',
        'a//b',
        'a/',
        '..',
        '../a',
        'a/../b',
        'a/./b',
        '.tmp/x',
        'a\\b',
        'a\0b',
        's3://bucket/a',
        '/vsicurl/http://x',
        'C:/x',
        'a b',
        'ä',
        'x'.repeat(513),
      ];
      for (const key of keys) {
        const refused = { code: 'storage/invalid-key' };
        await assert.rejects(storage.put(key, chunksOf('x')), refused, key);
        await assert.rejects(storage.get(key), refused, key);
        await assert.rejects(storage.stat(key), refused, key);
        await assert.rejects(storage.delete(key), refused, key);
        assert.throws(() => storage.localPath(key), refused, key);
      }
    });

    it('knows how much room is left', async () => {
      assert.ok((await storage.freeBytes()) > 0);
    });
  });
}

describe('file storage on disk', () => {
  it('leaves nothing in its temporary folder, however a put ends', async () => {
    const root = await mkdtemp(join(parent, 'tidy-'));
    const storage = createFileStorage(root);
    await storage.put('kept', chunksOf('x'));
    await assert.rejects(storage.put('failed', chunksOf('12'), { maxBytes: 1 }));
    await assert.rejects(storage.put('aborted', chunksOf('x'), { signal: AbortSignal.abort() }));
    await mkdir(join(root, 'in-the-way', 'sub'), { recursive: true });
    await assert.rejects(storage.put('in-the-way', chunksOf('x')));
    assert.deepEqual(await readdir(join(root, '.tmp')), []);
    assert.deepEqual((await readdir(root)).sort(), ['.tmp', 'in-the-way', 'kept']);
  });

  it('sweeps the leftovers of a killed process, but not what another is writing', async () => {
    const root = await mkdtemp(join(parent, 'sweep-'));
    const storage = createFileStorage(root);
    await writeFile(join(root, '.tmp', 'old'), 'x');
    await utimes(join(root, '.tmp', 'old'), new Date(0), new Date(0));
    await writeFile(join(root, '.tmp', 'young'), 'x');
    await storage.sweepTemporary(3_600_000);
    assert.deepEqual(await readdir(join(root, '.tmp')), ['young']);
    await storage.sweepTemporary(0);
    assert.deepEqual(await readdir(join(root, '.tmp')), []);
  });

  it('tells GDAL the path, and keeps files to their owner', async () => {
    const root = await mkdtemp(join(parent, 'path-'));
    const storage = createFileStorage(root);
    await storage.put('rasters/1/scene.tif', chunksOf('II*'));
    const path = storage.localPath('rasters/1/scene.tif');
    assert.equal(path, join(root, 'rasters', '1', 'scene.tif'));
    assert.equal(await readFile(path, 'utf8'), 'II*');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(root, 'rasters'))).mode & 0o777, 0o700);
  });

  it('stores and reads a large object in little memory', async () => {
    const storage = createFileStorage(await mkdtemp(join(parent, 'large-')));
    const total = 256;
    const megabyte = randomBytes(1024 * 1024);
    const before = process.memoryUsage.rss();
    let peak = 0;
    async function* large(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < total; index += 1) {
        yield megabyte;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
    }
    const { bytes, sha256 } = await storage.put('large', large());
    assert.equal(bytes, total * 1024 * 1024);
    const hash = createHash('sha256');
    for await (const chunk of await storage.get('large')) {
      hash.update(chunk as Uint8Array);
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    assert.equal(hash.digest('hex'), sha256);
    assert.ok(peak - before < 100e6, `${Math.round((peak - before) / 1e6)} MB more than before`);
    await storage.delete('large');
  });

  it('measures the room on its file system', async () => {
    assert.ok((await freeBytesAt(parent)) > 0);
  });
});

it('a full disk and an exceeded quota are storage/full, other errors stay what they are', () => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const explained = explainFull(Object.assign(new Error('write'), { code }));
    assert.equal((explained as { code: string }).code, 'storage/full');
  }
  const other = Object.assign(new Error('read'), { code: 'EIO' });
  assert.equal(explainFull(other), other);
  assert.equal(explainFull(null), null);
});

async function* chunksOf(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function* slowly(body: string): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < body.length; offset += 10_000) {
    await new Promise((resolve) => setImmediate(resolve));
    yield Buffer.from(body.slice(offset, offset + 10_000));
  }
}

async function text(stream: Promise<Readable>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

async function keysOf(storage: Storage, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys.sort();
}
