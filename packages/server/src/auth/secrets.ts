import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { chmod, link, open, readFile, rm } from 'node:fs/promises';

const TOKEN_BYTES = 32; // 256 bits: beyond guessing, so that its stored form needs no salt and no slow hash

/** A new credential, `inlay_` and 43 random characters. The prefix lets secret scanners recognise one that leaked. */
export function newToken(): string {
  return `inlay_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

/** The form in which a token is stored and looked up: its SHA-256 in hexadecimal. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * The secret kept in `file`, made by `create` if there is none. Of processes that start at the same time, all get the
 * same one. Only the owner may read the file.
 */
export async function readOrCreateSecret(file: string, create: () => string = newToken): Promise<string> {
  const existing = await readSecret(file);
  if (existing !== null) return existing;
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${create()}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file); // fails where `file` exists: whoever was first has decided
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const agreed = await readSecret(file);
  if (agreed === null) throw new Error('the secret that was just written is gone');
  return agreed;
}

async function readSecret(file: string): Promise<string | null> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    if (text === '') throw new Error('a secret file in the data folder is empty: remove it, and a new one is made');
    await chmod(file, 0o600);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** HMAC-SHA-256 of a text under a secret, base64url: what signed URLs carry. */
export function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}

/** Whether `signature` is {@link sign}'s of this text, in a time that does not depend on where they differ. */
export function isSignature(secret: string, text: string, signature: string): boolean {
  const expected = Buffer.from(sign(secret, text));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
