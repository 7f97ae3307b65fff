import { availableParallelism } from 'node:os';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@inlay/geo';
import type { ProgramEnvironment } from './conversion/gdal-program.ts';
import { nearestName } from './nearest-name.ts';
import { isObject, objectLocation, parseObject } from './s3/object-place.ts';
import { describeS3, readS3Settings, type S3Settings } from './s3/s3-settings.ts';

/** What a process of the server does. */
export type ServerRole = 'api' | 'worker';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** All that is configured, checked. Paths are absolute. */
export interface Config {
  readonly dataDir: string;
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /** Where clients reach this server, without a slash at the end; null: wherever their request went. */
  readonly publicUrl: string | null;
  readonly database: { readonly kind: 'embedded' } | { readonly kind: 'postgres'; readonly url: string };
  readonly storage: { readonly kind: 'file'; readonly directory: string };
  /** Folders, http(s) URL prefixes and `s3://` prefixes whose rasters may be registered in place. */
  readonly sourceRoots: readonly string[];
  /** How buckets among them are reached. */
  readonly s3: S3Settings;
  /** Whether registered files that are found changed are read again without being asked for. */
  readonly refreshChanged: boolean;
  readonly roles: readonly ServerRole[];
  /** Fixes the first administrator's token; null: generated once and kept in the data folder. */
  readonly adminToken: string | null;
  readonly maxUploadBytes: number;
  /** Of the samples of one export, uncompressed. */
  readonly maxExportBytes: number;
  /** Of finished tiles and pictures that are kept in memory. */
  readonly tileCacheBytes: number;
  /** Of decoded blocks of rasters that are kept in memory, all rendering threads together. */
  readonly blockCacheBytes: number;
  /** Threads that render. */
  readonly renderThreads: number;
  /** Jobs that one worker process runs at a time. */
  readonly workerConcurrency: number;
  readonly logLevel: LogLevel;
  /** Map tiles that the web application shows below datasets; null: the land and coasts that it brings along. */
  readonly basemap: { readonly url: string; readonly attribution: string | null } | null;
  /** Where `gdal_translate` is looked for and what it is told; with no folders, GDAL in WebAssembly converts. */
  readonly programs: ProgramEnvironment;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadedConfig {
  readonly config: Config;
  /** One sentence each, for the log. */
  readonly warnings: readonly string[];
}

/** `details.problems` lists everything that is wrong, one sentence each. */
export class ConfigError extends CodedError<'config/invalid'> {}

const VARIABLES = [
  'INLAY_DATA_DIR',
  'INLAY_HOST',
  'INLAY_PORT',
  'INLAY_PUBLIC_URL',
  'INLAY_DATABASE_URL',
  'INLAY_STORAGE_URL',
  'INLAY_SOURCE_ROOTS',
  'INLAY_REFRESH_CHANGED',
  'INLAY_ROLES',
  'INLAY_ADMIN_TOKEN',
  'INLAY_MAX_UPLOAD_BYTES',
  'INLAY_MAX_EXPORT_BYTES',
  'INLAY_TILE_CACHE_BYTES',
  'INLAY_BLOCK_CACHE_BYTES',
  'INLAY_RENDER_THREADS',
  'INLAY_WORKER_CONCURRENCY',
  'INLAY_LOG_LEVEL',
  'INLAY_BASEMAP_URL',
  'INLAY_BASEMAP_ATTRIBUTION',
] as const;
type Variable = (typeof VARIABLES)[number];

/** What the command line reads to reach a server; a server may well see them in its environment too. */
const CLIENT_VARIABLES: readonly string[] = ['INLAY_URL', 'INLAY_TOKEN'];

/** Where installations that are not the system's keep GDAL's and PROJ's data and libraries. */
const GDAL_VARIABLES = ['GDAL_DATA', 'PROJ_DATA', 'PROJ_LIB', 'LD_LIBRARY_PATH'] as const;

const SWITCH: readonly string[] = ['true', 'false'];
const ROLES: readonly ServerRole[] = ['api', 'worker'];
const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];
const MIN_TOKEN_LENGTH = 20;
const MAX_WORKER_CONCURRENCY = 64;
const MAX_RENDER_THREADS = 64;
const GIB = 1024 ** 3;

/**
 * Reads the configuration from `INLAY_*` variables; an empty one counts as unset. This file alone reads the
 * process's environment.
 *
 * @param cwd what relative paths start from
 * @throws ConfigError
 */
export function loadConfig(env: Environment = process.env, cwd: string = process.cwd()): LoadedConfig {
  const problems: string[] = [];
  const warnings = [...unknownVariables(env)];

  /** Parses one variable; what the parser throws becomes a problem that names the variable. */
  function read<T>(name: Variable, fallback: T, parse: (text: string) => T): T {
    const text = env[name]?.trim() ?? '';
    if (text === '') return fallback;
    try {
      return parse(text);
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}`);
      return fallback;
    }
  }

  const dataDir = read('INLAY_DATA_DIR', resolve(cwd, '.inlay'), (text) => resolve(cwd, text));
  const config: Config = {
    dataDir,
    host: read('INLAY_HOST', '127.0.0.1', (text) => text),
    port: isServiceLink(env['INLAY_PORT'])
      ? DEFAULT_PORT
      : read('INLAY_PORT', DEFAULT_PORT, (text) => wholeNumber(text, 0, 65_535)),
    publicUrl: read('INLAY_PUBLIC_URL', null, (text) => httpUrl(text).replace(/\/+$/, '')),
    database: read<Config['database']>('INLAY_DATABASE_URL', { kind: 'embedded' }, databaseUrl),
    storage: read('INLAY_STORAGE_URL', { kind: 'file', directory: resolve(dataDir, 'objects') }, storageUrl),
    sourceRoots: read('INLAY_SOURCE_ROOTS', [], (text) => splitRoots(text).map((root) => sourceRoot(root, cwd))),
    s3: readS3Settings(env, (problem) => problems.push(problem)),
    refreshChanged: read('INLAY_REFRESH_CHANGED', false, (text) => oneOf(text, SWITCH) === 'true'),
    roles: read('INLAY_ROLES', ROLES, (text) => [...new Set(text.split(',').map((name) => oneOf(name.trim(), ROLES)))]),
    adminToken: read('INLAY_ADMIN_TOKEN', null, adminToken),
    maxUploadBytes: read('INLAY_MAX_UPLOAD_BYTES', 10 * GIB, byteSize),
    maxExportBytes: read('INLAY_MAX_EXPORT_BYTES', 10 * GIB, byteSize),
    tileCacheBytes: read('INLAY_TILE_CACHE_BYTES', GIB / 4, byteSize),
    blockCacheBytes: read('INLAY_BLOCK_CACHE_BYTES', GIB / 4, byteSize),
    renderThreads: read('INLAY_RENDER_THREADS', defaultRenderThreads(), (text) =>
      wholeNumber(text, 1, MAX_RENDER_THREADS),
    ),
    workerConcurrency: read('INLAY_WORKER_CONCURRENCY', 2, (text) => wholeNumber(text, 1, MAX_WORKER_CONCURRENCY)),
    logLevel: read('INLAY_LOG_LEVEL', 'info', (text) => oneOf(text, LOG_LEVELS)),
    basemap: basemapOf(
      read('INLAY_BASEMAP_URL', null, tileTemplate),
      read('INLAY_BASEMAP_ATTRIBUTION', null, (text) => text),
    ),
    programs: {
      searchPath: (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder)),
      variables: Object.fromEntries(GDAL_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    },
  };

  if (isServiceLink(env['INLAY_PORT'])) {
    warnings.push(
      `INLAY_PORT is "${env['INLAY_PORT']}", which Kubernetes sets for a service called "inlay". It is ignored, and the ` +
        `port is ${DEFAULT_PORT}: give INLAY_PORT a number, or set enableServiceLinks to false.`,
    );
  }
  if (config.database.kind === 'embedded' && config.roles.length < ROLES.length) {
    warnings.push(
      `INLAY_ROLES is "${config.roles.join(',')}", but the embedded database is open to this process only: without ` +
        'INLAY_DATABASE_URL no other process can take the other part.',
    );
  }
  if (problems.length > 0) {
    throw new ConfigError('config/invalid', `The configuration is not usable.\n- ${problems.join('\n- ')}`, {
      details: { problems },
    });
  }
  return { config, warnings };
}

/** The configuration for logs and `--help`: passwords and tokens are left out. */
export function describeConfig(config: Config): Readonly<Record<string, string | number>> {
  return {
    dataDir: config.dataDir,
    host: config.host,
    port: config.port,
    publicUrl: config.publicUrl ?? 'as requested',
    database: config.database.kind === 'embedded' ? 'embedded' : withoutCredentials(config.database.url),
    storage: config.storage.directory,
    sourceRoots: config.sourceRoots.join(' ') || 'none',
    ...(config.sourceRoots.some(isObject) ? { s3: describeS3(config.s3) } : {}),
    refreshChanged: String(config.refreshChanged),
    roles: config.roles.join(','),
    adminToken: config.adminToken === null ? 'in the data folder' : 'from INLAY_ADMIN_TOKEN',
    maxUploadBytes: config.maxUploadBytes,
    maxExportBytes: config.maxExportBytes,
    tileCacheBytes: config.tileCacheBytes,
    blockCacheBytes: config.blockCacheBytes,
    renderThreads: config.renderThreads,
    workerConcurrency: config.workerConcurrency,
    logLevel: config.logLevel,
    basemap: config.basemap === null ? 'built in' : new URL(config.basemap.url).host,
  };
}

const DEFAULT_PORT = 8080;

function basemapOf(url: string | null, attribution: string | null): Config['basemap'] {
  return url === null ? null : { url, attribution };
}

/** One a processor; beyond eight, what they share (memory, disk) is what they wait for. */
function defaultRenderThreads(): number {
  return Math.min(8, availableParallelism());
}

// The parsers below throw an Error whose message continues "INLAY_NAME ".

function wholeNumber(text: string, least: number, greatest: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= greatest) return value;
  throw new Error(`is "${text}": expected a whole number from ${least} to ${greatest}`);
}

function oneOf<T extends string>(text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new Error(`names "${text}": expected ${allowed.join(', ')}`);
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** `1048576`, `500MB` or `2 GiB`. */
function byteSize(text: string): number {
  const match = /^(\d+)\s*([a-z]*)$/i.exec(text);
  const value = Number(match?.[1]) * (BYTE_UNITS[(match?.[2] ?? '').toUpperCase()] ?? NaN);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`is "${text}": expected a number of bytes, as 1048576, 500MB or 2GiB`);
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error(`is "${text}": expected an http:// or https:// URL`);
  if (url.username !== '' || url.password !== '')
    throw new Error('carries a user name or password, which is not supported');
  if (url.search !== '' || url.hash !== '')
    throw new Error(`is "${text}": leave out what follows "${url.search || url.hash}"`);
  return url.href;
}

function tileTemplate(text: string): string {
  const missing = ['{z}', '{x}', '{y}'].filter((part) => !text.includes(part));
  if (missing.length > 0) throw new Error(`is "${text}", without ${missing.join(', ')}`);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error(`is "${text}": expected https://tiles.example.org/{z}/{x}/{y}.png`);
  return text;
}

/** The URL may hold a password, so messages never repeat it. */
function databaseUrl(text: string): Config['database'] {
  if (!URL.canParse(text)) throw new Error('is not a URL: expected postgres://user:password@host:5432/database');
  const { protocol } = new URL(text);
  if (!/^postgres(ql)?:$/.test(protocol)) throw new Error(`starts with "${protocol}": expected postgres://`);
  return { kind: 'postgres', url: text };
}

function storageUrl(text: string): Config['storage'] {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw new Error(`is "${text}": expected file:///an/absolute/folder`);
  if (url.protocol === 's3:') {
    throw new Error('is an s3:// URL, which this version cannot store to yet: use file:///an/absolute/folder');
  }
  if (url.protocol !== 'file:' || !/^(localhost)?$/.test(url.host)) {
    throw new Error(`is "${withoutCredentials(text)}": expected file:///an/absolute/folder`);
  }
  return { kind: 'file', directory: fileURLToPath(url) };
}

function adminToken(text: string): string {
  // Never repeats the token.
  if (text.length < MIN_TOKEN_LENGTH)
    throw new Error(`has ${text.length} characters: use at least ${MIN_TOKEN_LENGTH}`);
  // RFC 6750, 2.1: what an Authorization header can carry.
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(text)) throw new Error('may only have the characters A-Z a-z 0-9 - . _ ~ + / =');
  return text;
}

/** Splits at the colons that separate roots, not at those inside of `https://host:8443/path`. */
export function splitRoots(text: string): string[] {
  const roots: string[] = [];
  for (const piece of text.split(':')) {
    const last = roots.at(-1);
    const isRestOfUrl = last !== undefined && /^[a-z][a-z0-9+.-]*$/i.test(last) && piece.startsWith('//');
    const isPortOrPassword =
      last !== undefined && /^[a-z][a-z0-9+.-]*:\/\/[^/]+$/i.test(last) && /^\d+(?:\/|$)|^[^/]*@/.test(piece);
    if (isRestOfUrl || isPortOrPassword) roots[roots.length - 1] = `${last}:${piece}`;
    else roots.push(piece);
  }
  return roots.map((root) => root.trim()).filter((root) => root !== '');
}

function sourceRoot(root: string, cwd: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(root)) return resolve(cwd, root);
  if (!isObject(root)) return httpUrl(root);
  const place = parseObject(root);
  if (typeof place === 'string') throw new Error(`names "${root}": ${place}`);
  return objectLocation(place);
}

function withoutCredentials(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  url.search = '';
  return url.href;
}

/** Kubernetes' "Accessing the Service" page: `tcp://10.0.0.11:80` in `<SERVICE>_PORT`. */
function isServiceLink(value: string | undefined): boolean {
  return value !== undefined && /^(tcp|udp|sctp):\/\//.test(value);
}

/** The names Kubernetes makes of a service called `inlay` or `inlay-something`. */
const SERVICE_VARIABLE =
  /^INLAY_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

function* unknownVariables(env: Environment): Generator<string> {
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('INLAY_') || name.startsWith('INLAY_TEST_')) continue;
    if ((VARIABLES as readonly string[]).includes(name) || CLIENT_VARIABLES.includes(name)) continue;
    if (SERVICE_VARIABLE.test(name) || (name.endsWith('_PORT') && isServiceLink(value))) continue;
    const nearest = nearestName(name, VARIABLES, Math.ceil(name.length / 3));
    yield `${name} is not a variable of Inlay${nearest === null ? '' : `. Is it meant to be ${nearest}?`}`;
  }
}
