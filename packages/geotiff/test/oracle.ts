import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('./profile-oracle.py', import.meta.url));

/** A band as GDAL reports it; 64-bit integers and numbers that JSON lacks are text. */
export interface OracleBand {
  readonly dataType: string;
  readonly nbits: string | null;
  readonly block: readonly [number, number];
  readonly nodata: number | string | null;
  readonly colorInterp: string;
  readonly colorTable: readonly (readonly number[])[] | null;
  readonly scale: number | null;
  readonly offset: number | null;
  readonly unit: string | null;
  readonly description: string | null;
  readonly categories: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly maskFlags: number;
  readonly overviews: readonly (readonly [number, number])[];
  readonly maskBlock: readonly [number, number];
  readonly maskOverviews: readonly (readonly [number, number])[];
}

/** A raster as GDAL reports it. */
export interface OracleRaster {
  readonly width: number;
  readonly height: number;
  readonly geoTransform: readonly (number | string)[] | null;
  readonly gcps: number;
  readonly rpc: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly interleave: string | null;
  readonly compression: string | null;
  readonly predictor: string | null;
  readonly crs: {
    readonly code: string | null;
    readonly axisMapping: string;
    readonly unit: number;
    readonly name: string;
    readonly kind: 'local' | 'other';
  } | null;
  readonly bands: readonly OracleBand[];
}

/** GDAL, asked through its Python bindings: the newest one, where INLAY_TEST_GDAL_BIN names its folder. */
export interface Oracle {
  /** Writes the test rasters into a folder. @returns GDAL's version and the files' names */
  make(folder: string): Promise<{ readonly version: string; readonly files: readonly string[] }>;
  /** Null where GDAL does not open a file. */
  describe(paths: readonly string[]): Promise<readonly (OracleRaster | null)[]>;
  /** Whether each CRS (WKT and axis mapping) is the one GDAL finds in the file beside it. */
  sameAsIn(
    questions: readonly (readonly [wkt: string, axisMapping: string, path: string])[],
  ): Promise<readonly boolean[]>;
  /** Whether CRSs given as text are the same, axis order of the data left aside. */
  sameTexts(questions: readonly (readonly [string, string])[]): Promise<readonly boolean[]>;
}

/** What a test says when it is skipped for want of GDAL. */
export const WITHOUT_GDAL = 'needs GDAL with its Python bindings on the PATH (gdal-bin, python3-gdal)';

/** Null where there is no GDAL; an error in CI, where there must be one. */
export async function openOracle(): Promise<Oracle | null> {
  const python = await findPython();
  if (python === null) {
    if (process.env['CI']) throw new Error('CI needs GDAL with its Python bindings: install python3-gdal');
    return null;
  }
  const ask = async (args: readonly string[], question?: unknown): Promise<unknown> => {
    const child = spawn(python, [SCRIPT, ...args], { stdio: 'pipe' });
    child.stdin.end(question === undefined ? '' : JSON.stringify(question));
    const [answer, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (answer === '') throw new Error(`GDAL did not answer "${args[0]}": ${problems}`);
    return JSON.parse(answer) as unknown;
  };
  return {
    make: async (folder) => (await ask(['make', folder])) as { version: string; files: string[] },
    describe: async (paths) => (await ask(['describe'], paths)) as (OracleRaster | null)[],
    sameAsIn: async (questions) => (await ask(['same'], questions)) as boolean[],
    sameTexts: async (questions) => (await ask(['sameText'], questions)) as boolean[],
  };
}

/** The first python3 that has GDAL: a version manager's often comes first and has not. */
async function findPython(): Promise<string | null> {
  const newest = process.env['INLAY_TEST_GDAL_BIN'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = newest ? [join(newest, 'python3-gdal')] : folders.map((folder) => join(folder, 'python3'));
  for (const candidate of candidates) {
    try {
      await promisify(execFile)(candidate, ['-c', 'import osgeo.gdal']);
      return candidate;
    } catch {
      // not there, or without GDAL: the next one may do
    }
  }
  return null;
}
