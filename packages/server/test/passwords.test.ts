import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hashPassword, verifyPassword } from '../src/auth/passwords.ts';
import { hashToken, isSignature, newToken, readOrCreateSecret, sign } from '../src/auth/secrets.ts';

describe('passwords', () => {
  it('are recognised, and others are not', async () => {
    const hash = await hashPassword('correct horse');
    assert.match(hash, /^\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
    assert.equal(await verifyPassword('correct horse', hash), true);
    assert.equal(await verifyPassword('correct horsE', hash), false);
    assert.equal(await verifyPassword('', hash), false);
  });

  it('of two users never share a hash', async () => {
    assert.notEqual(await hashPassword('same'), await hashPassword('same'));
  });

  it('match however their accents were typed', async () => {
    assert.equal(await verifyPassword('cafe\u0301', await hashPassword('caf\u00e9')), true);
  });

  it('can still be checked against a hash of other parameters', async () => {
    // The second test vector of RFC 7914, section 12, cut to 32 bytes.
    const stored = `$scrypt$ln=10,r=8,p=16$${Buffer.from('NaCl').toString('base64url')}$${Buffer.from(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162',
      'hex',
    ).toString('base64url')}`;
    assert.equal(await verifyPassword('password', stored), true);
    assert.equal(await verifyPassword('Password', stored), false);
  });

  it('take as long for a user who does not exist', async () => {
    const hash = await hashPassword('known');
    const known = await timed(() => verifyPassword('wrong', hash));
    const unknown = await timed(() => verifyPassword('wrong', null));
    assert.ok(unknown > known / 4, `${unknown} ms against ${known} ms`);
    assert.equal(await verifyPassword('wrong', null), false);
  });

  it('with a damaged hash are an error, not a refusal', async () => {
    await assert.rejects(verifyPassword('any', 'plain text'), /no known format/);
  });
});

describe('secrets', () => {
  it('are 256 random bits with a prefix, stored as a hash', () => {
    assert.match(newToken(), /^inlay_[\w-]{43}$/);
    assert.notEqual(newToken(), newToken());
    assert.equal(hashToken('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('in a file are the same for all that start at once, and only the owner may read them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inlay-secret-'));
    const file = join(folder, 'secret');
    const all = await Promise.all(Array.from({ length: 20 }, () => readOrCreateSecret(file)));
    assert.equal(new Set(all).size, 1);
    assert.equal(await readOrCreateSecret(file), all[0]);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(await readFile(file, 'utf8'), `${all[0]}\n`);
    assert.deepEqual(await readdir(folder), ['secret']);
    await rm(folder, { recursive: true });
  });

  it('in a file that others could read are closed to them, and an empty file is an error', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inlay-secret-'));
    await writeFile(join(folder, 'open'), 'known\n', { mode: 0o644 });
    assert.equal(await readOrCreateSecret(join(folder, 'open')), 'known');
    assert.equal((await stat(join(folder, 'open'))).mode & 0o777, 0o600);
    await writeFile(join(folder, 'empty'), '');
    await assert.rejects(readOrCreateSecret(join(folder, 'empty')), /is empty/);
    await rm(folder, { recursive: true });
  });

  it('sign texts', () => {
    const signature = sign('key', 'The quick brown fox jumps over the lazy dog');
    // The well-known example of HMAC-SHA-256.
    assert.equal(
      Buffer.from(signature, 'base64url').toString('hex'),
      'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8',
    );
    assert.equal(isSignature('key', 'The quick brown fox jumps over the lazy dog', signature), true);
    assert.equal(isSignature('key', 'The quick brown fox jumps over the lazy dot', signature), false);
    assert.equal(isSignature('other', 'The quick brown fox jumps over the lazy dog', signature), false);
    assert.equal(isSignature('key', 'text', ''), false);
  });
});

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}
