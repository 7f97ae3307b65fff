import crypto from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { S3Settings } from '../src/s3/s3-settings.ts';

/** An S3 on loopback (s3rver): path style, SigV4 checked, ranges, ListObjectsV2. */
export interface S3Server {
  readonly url: string;
  /** How to reach it, with keys that it knows. */
  readonly settings: S3Settings;
  /** `GET /bucket/key` of every request, in order; of lists with `?list`. */
  readonly log: string[];
  /** Queries of the signed requests, whole: what must be seen nowhere else. */
  readonly signatures: Set<string>;
  /** Buckets whose objects are anybody's to read and list; of all others, nothing is read without a signature. */
  readonly publicBuckets: Set<string>;
  /** Buckets that may not be listed. */
  readonly unlistedBuckets: Set<string>;
  /** So many requests to come are answered with 503 SlowDown. */
  slowDowns: number;
  put(bucket: string, key: string, bytes: Uint8Array): Promise<void>;
  remove(bucket: string, key: string): Promise<void>;
  close(): Promise<void>;
}

interface S3rver {
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
  configureBuckets(): Promise<unknown>;
}

const KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', sessionToken: null };

export async function startS3Server(buckets: readonly string[]): Promise<S3Server> {
  allowSingleDes();
  const directory = await mkdtemp(join(tmpdir(), 'inlay-s3-'));
  const Server = createRequire(import.meta.url)('@20minutes/s3rver') as new (options: object) => S3rver;
  const s3 = new Server({ directory, silent: true, configureBuckets: buckets.map((name) => ({ name })) });
  await s3.configureBuckets();
  const answer = s3.callback();

  const server = createServer((request, response) => {
    const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://s3');
    const isList = searchParams.has('list-type');
    handle.log.push(`${request.method} ${decodeURIComponent(pathname)}${isList ? '?list' : ''}`);
    const bucket = pathname.split('/')[1] ?? '';
    const isSigned = searchParams.has('X-Amz-Signature') || request.headers.authorization !== undefined;
    if (searchParams.has('X-Amz-Signature')) handle.signatures.add(search);
    if (handle.slowDowns > 0) {
      handle.slowDowns -= 1;
      return refuse(response, 503, 'SlowDown');
    }
    if (!isSigned && !handle.publicBuckets.has(bucket)) return refuse(response, 403, 'AccessDenied');
    if (isList && handle.unlistedBuckets.has(bucket)) return refuse(response, 403, 'AccessDenied');
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  // As its store keeps them: 3,000 requests would take a minute.
  const pathOf = (bucket: string, key: string): string => join(directory, bucket, `${key}._S3rver_object`);

  const handle: S3Server = {
    url,
    settings: { endpoint: url, region: null, isPathStyle: true, isAnonymous: false, keys: KEYS },
    log: [],
    signatures: new Set(),
    publicBuckets: new Set(),
    unlistedBuckets: new Set(),
    slowDowns: 0,
    async put(bucket, key, bytes) {
      const path = pathOf(bucket, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
      await writeFile(`${path}.md5`, crypto.createHash('md5').update(bytes).digest('hex'));
    },
    async remove(bucket, key) {
      for (const suffix of ['', '.md5']) await rm(pathOf(bucket, key) + suffix);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(directory, { recursive: true, force: true });
    },
  };
  return handle;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`);
}

let isAllowed = false;

/** It codes what continues a list with DES, which OpenSSL 3 has no more. Three times with one key is once with it. */
function allowSingleDes(): void {
  if (isAllowed) return;
  isAllowed = true;
  const { createCipheriv, createDecipheriv } = crypto;
  const threefold = (key: Uint8Array): Buffer => Buffer.concat([key, key, key]);
  crypto.createCipheriv = ((name: string, key: Uint8Array, ...rest: [Uint8Array]) =>
    name === 'des'
      ? createCipheriv('des-ede3-cbc', threefold(key), ...rest)
      : createCipheriv(name, key, ...rest)) as typeof createCipheriv;
  crypto.createDecipheriv = ((name: string, key: Uint8Array, ...rest: [Uint8Array]) =>
    name === 'des'
      ? createDecipheriv('des-ede3-cbc', threefold(key), ...rest)
      : createDecipheriv(name, key, ...rest)) as typeof createDecipheriv;
}
