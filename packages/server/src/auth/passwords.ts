import { randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

// scrypt (RFC 7914) with OWASP's "Password Storage Cheat Sheet" parameters: N = 2^15, r = 8, p = 3, 32 MiB a hash.
const COST = { ln: 15, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** A hash to store: `$scrypt$ln=15,r=8,p=3$<salt>$<key>`, so that the parameters can change without a migration. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COST);
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/**
 * Whether `password` is the one that was hashed. Takes as long for an unknown user (`stored` null) as for a wrong
 * password, so that the time does not tell which names exist.
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const expected = stored === null ? NOBODY : parseHash(stored);
  const key = await derive(password, expected.salt, expected.cost);
  return timingSafeEqual(key, expected.key) && stored !== null;
}

interface ParsedHash {
  readonly cost: { readonly ln: number; readonly r: number; readonly p: number };
  readonly salt: Buffer;
  readonly key: Buffer;
}

const NOBODY: ParsedHash = { cost: COST, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) };

function parseHash(stored: string): ParsedHash {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]+)\$([\w-]{43})$/.exec(stored);
  if (match === null) throw new Error('the stored password hash is in no known format');
  const [, ln, r, p, salt = '', key = ''] = match;
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}

async function derive(password: string, salt: Buffer, { ln, r, p }: ParsedHash['cost']): Promise<Buffer> {
  const N = 2 ** ln;
  // Normalised, so that an accented letter is the same on every keyboard (RFC 8265, 4.2.2).
  return await scryptAsync(password.normalize('NFC'), salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r });
}
