import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { ConfigError, describeConfig, loadConfig, splitRoots } from '../src/config.ts';
import { editDistance } from '../src/nearest-name.ts';

const CWD = '/srv/inlay';

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env, CWD);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.details['problems'] as string[];
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing', () => {
    assert.deepEqual(loadConfig({}, CWD), {
      config: {
        dataDir: '/srv/inlay/.inlay',
        host: '127.0.0.1',
        port: 8080,
        publicUrl: null,
        database: { kind: 'embedded' },
        storage: { kind: 'file', directory: '/srv/inlay/.inlay/objects' },
        sourceRoots: [],
        s3: { endpoint: null, region: null, isPathStyle: false, isAnonymous: false, keys: null },
        refreshChanged: false,
        roles: ['api', 'worker'],
        adminToken: null,
        maxUploadBytes: 10_737_418_240,
        maxExportBytes: 10_737_418_240,
        tileCacheBytes: 268_435_456,
        blockCacheBytes: 268_435_456,
        renderThreads: Math.min(8, availableParallelism()),
        workerConcurrency: 2,
        logLevel: 'info',
        basemap: null,
        programs: { searchPath: [], variables: {} },
      },
      warnings: [],
    });
  });

  it('reads every variable', () => {
    const { config, warnings } = loadConfig(
      {
        INLAY_DATA_DIR: 'data',
        INLAY_HOST: '0.0.0.0',
        INLAY_PORT: '0',
        INLAY_PUBLIC_URL: 'https://maps.example.org/inlay/',
        INLAY_DATABASE_URL: 'postgres://inlay:secret@db:5432/inlay',
        INLAY_STORAGE_URL: 'file:///mnt/objects%20here',
        INLAY_SOURCE_ROOTS: '/mnt/rasters:scans:https://data.example.org:8443/cogs:s3://imagery/2026/:s3://all-of-it',
        INLAY_REFRESH_CHANGED: 'true',
        INLAY_ROLES: 'worker',
        INLAY_ADMIN_TOKEN: 'abcdefghijklmnopqrstuvwxyz',
        INLAY_MAX_UPLOAD_BYTES: '500MB',
        INLAY_MAX_EXPORT_BYTES: '2GB',
        INLAY_TILE_CACHE_BYTES: '2 GiB',
        INLAY_BLOCK_CACHE_BYTES: '64MB',
        INLAY_RENDER_THREADS: '3',
        INLAY_WORKER_CONCURRENCY: '4',
        INLAY_LOG_LEVEL: 'debug',
        INLAY_BASEMAP_URL: 'https://tiles.example.org/{z}/{x}/{y}.png',
        INLAY_BASEMAP_ATTRIBUTION: 'Example',
        AWS_ENDPOINT_URL: 'http://minio:9000/',
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
        AWS_SESSION_TOKEN: 'session',
        PATH: '/opt/gdal/bin:relative:/usr/bin',
        PROJ_DATA: '/opt/gdal/share/proj',
        SECRET: 'not for programs',
      },
      CWD,
    );
    assert.deepEqual(config, {
      dataDir: '/srv/inlay/data',
      host: '0.0.0.0',
      port: 0,
      publicUrl: 'https://maps.example.org/inlay',
      database: { kind: 'postgres', url: 'postgres://inlay:secret@db:5432/inlay' },
      storage: { kind: 'file', directory: '/mnt/objects here' },
      sourceRoots: [
        '/mnt/rasters',
        '/srv/inlay/scans',
        'https://data.example.org:8443/cogs',
        's3://imagery/2026/',
        's3://all-of-it/',
      ],
      s3: {
        endpoint: 'http://minio:9000',
        region: 'eu-central-1',
        isPathStyle: true,
        isAnonymous: false,
        keys: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI', sessionToken: 'session' },
      },
      refreshChanged: true,
      roles: ['worker'],
      adminToken: 'abcdefghijklmnopqrstuvwxyz',
      maxUploadBytes: 500_000_000,
      maxExportBytes: 2_000_000_000,
      tileCacheBytes: 2_147_483_648,
      blockCacheBytes: 64_000_000,
      renderThreads: 3,
      workerConcurrency: 4,
      logLevel: 'debug',
      basemap: { url: 'https://tiles.example.org/{z}/{x}/{y}.png', attribution: 'Example' },
      programs: { searchPath: ['/opt/gdal/bin', '/usr/bin'], variables: { PROJ_DATA: '/opt/gdal/share/proj' } },
    });
    assert.deepEqual(warnings, []);
  });

  it('takes an empty variable for an unset one', () => {
    assert.deepEqual(loadConfig({ INLAY_PORT: '', INLAY_ADMIN_TOKEN: ' ' }, CWD), loadConfig({}, CWD));
  });

  it('reports all problems at once, each with its variable and what to do', () => {
    assert.deepEqual(
      problemsOf({
        INLAY_PORT: '80800',
        INLAY_ROLES: 'api,wroker',
        INLAY_STORAGE_URL: 's3://bucket/prefix',
        INLAY_DATABASE_URL: 'mysql://inlay:secret@db/inlay',
        INLAY_ADMIN_TOKEN: 'short',
        INLAY_MAX_UPLOAD_BYTES: '10 apples',
        INLAY_WORKER_CONCURRENCY: '0',
        INLAY_PUBLIC_URL: 'maps.example.org',
        INLAY_SOURCE_ROOTS: '/mnt:s3://Bucket_1/',
        AWS_ENDPOINT_URL: 'minio:9000',
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_NO_SIGN_REQUEST: 'perhaps',
      }),
      [
        'INLAY_PORT is "80800": expected a whole number from 0 to 65535',
        'INLAY_PUBLIC_URL is "maps.example.org": expected an http:// or https:// URL',
        'INLAY_DATABASE_URL starts with "mysql:": expected postgres://',
        'INLAY_STORAGE_URL is an s3:// URL, which this version cannot store to yet: use file:///an/absolute/folder',
        'INLAY_SOURCE_ROOTS names "s3://Bucket_1/": it does not begin with the name of a bucket',
        'AWS_ENDPOINT_URL is not usable: expected https://host, without user, query or fragment',
        'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both or neither',
        'AWS_NO_SIGN_REQUEST is "perhaps": expected YES or NO',
        'INLAY_ROLES names "wroker": expected api, worker',
        'INLAY_ADMIN_TOKEN has 5 characters: use at least 20',
        'INLAY_MAX_UPLOAD_BYTES is "10 apples": expected a number of bytes, as 1048576, 500MB or 2GiB',
        'INLAY_WORKER_CONCURRENCY is "0": expected a whole number from 1 to 64',
      ],
    );
  });

  it('refuses numbers and URLs that only look right', () => {
    for (const port of ['-1', '1e3', '80.5', '0x50', ' 8080x', 'NaN'])
      assert.equal(problemsOf({ INLAY_PORT: port }).length, 1, port);
    for (const url of ['objects', 'file://server/share', 'https://example.org', 'ftp://user:secret@example.org']) {
      const problems = problemsOf({ INLAY_STORAGE_URL: url });
      assert.equal(problems.length, 1, url);
      assert.doesNotMatch(problems[0] ?? '', /secret/);
    }
    assert.equal(problemsOf({ INLAY_ADMIN_TOKEN: 'with spaces in the middle of it' }).length, 1);
    assert.equal(problemsOf({ INLAY_SOURCE_ROOTS: 'https://user:secret@example.org/' }).length, 1);
  });

  it('names the variable that a misspelt one was meant to be', () => {
    assert.deepEqual(loadConfig({ INLAY_SOURCE_ROOT: '/mnt', INLAY_QZXWV_ABCDEFGH: '1', PATH: '/bin' }, CWD).warnings, [
      'INLAY_SOURCE_ROOT is not a variable of Inlay. Is it meant to be INLAY_SOURCE_ROOTS?',
      'INLAY_QZXWV_ABCDEFGH is not a variable of Inlay',
    ]);
  });

  it('ignores what Kubernetes sets for a service called inlay, and says so of INLAY_PORT', () => {
    const { config, warnings } = loadConfig(
      {
        INLAY_SERVICE_HOST: '10.0.0.11',
        INLAY_SERVICE_PORT: '80',
        INLAY_SERVICE_PORT_HTTP: '80',
        INLAY_PORT: 'tcp://10.0.0.11:80',
        INLAY_PORT_80_TCP: 'tcp://10.0.0.11:80',
        INLAY_PORT_80_TCP_PROTO: 'tcp',
        INLAY_PORT_80_TCP_PORT: '80',
        INLAY_PORT_80_TCP_ADDR: '10.0.0.11',
        INLAY_POSTGRES_SERVICE_HOST: '10.0.0.12',
        INLAY_POSTGRES_PORT: 'tcp://10.0.0.12:5432',
        INLAY_POSTGRES_PORT_5432_TCP_ADDR: '10.0.0.12',
      },
      CWD,
    );
    assert.equal(config.port, 8080);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^INLAY_PORT is "tcp:\/\/10\.0\.0\.11:80", which Kubernetes sets/);
  });

  it('warns of one role alone on the embedded database', () => {
    assert.match(loadConfig({ INLAY_ROLES: 'api' }, CWD).warnings[0] ?? '', /INLAY_DATABASE_URL/);
    assert.deepEqual(loadConfig({ INLAY_ROLES: 'api', INLAY_DATABASE_URL: 'postgres://db/inlay' }, CWD).warnings, []);
  });
});

it('describeConfig shows neither passwords nor tokens', () => {
  const { config } = loadConfig(
    {
      INLAY_DATABASE_URL: 'postgres://inlay:hunter2@db:5432/inlay?password=hunter2',
      INLAY_ADMIN_TOKEN: 'hunter2-hunter2-hunter2',
    },
    CWD,
  );
  const text = JSON.stringify(describeConfig(config));
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /postgres:\/\/db:5432\/inlay/);
});

it('splitRoots keeps the colons of URLs', () => {
  assert.deepEqual(splitRoots('/a:/b'), ['/a', '/b']);
  assert.deepEqual(splitRoots('https://x'), ['https://x']);
  assert.deepEqual(splitRoots('/a:https://x/y:http://z:8080:/b'), ['/a', 'https://x/y', 'http://z:8080', '/b']);
  assert.deepEqual(splitRoots(':/a::'), ['/a']);
});

it('editDistance counts insertions, deletions and replacements', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('same', 'same'), 0);
});
