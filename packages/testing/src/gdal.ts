import { execFile, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DataType, NodataJson } from '@inlay/geo';
import { allocateSamples, type Samples } from '@inlay/raster';

const run = promisify(execFile);

const WORKER = fileURLToPath(new URL('./gdal-worker.py', import.meta.url));

/** Longest answer to wait for; a raster of some megapixels takes a second. */
const ANSWER_TIMEOUT_MS = 60_000;

/** A band as GDAL reports it. Numbers that JSON lacks (NaN, infinities) and 64-bit integers are text. */
export interface GdalBand {
  readonly dataType: DataType;
  readonly blockSize: readonly [number, number];
  readonly maskBlockSize: readonly [number, number];
  readonly nodata: NodataJson | null;
  readonly colorInterp: string;
  readonly colorTable: readonly (readonly [number, number, number, number])[] | null;
  readonly scale: number | null;
  readonly offset: number | null;
  readonly unit: string;
  readonly description: string;
  readonly categories: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly maskFlags: number;
  /** `[width, height]` each, finest first. */
  readonly overviews: readonly (readonly [number, number])[];
  readonly maskOverviews: readonly (readonly [number, number])[];
  /** GDAL's checksum and the SHA-1 of all pixels, and the same of the mask; absent where not asked for. */
  readonly checksum?: number;
  readonly pixels?: string;
  readonly maskChecksum?: number;
  readonly maskPixels?: string;
  readonly overviewChecksums?: readonly number[];
}

/** A dataset as GDAL reports it. */
export interface GdalDataset {
  readonly width: number;
  readonly height: number;
  readonly geoTransform: readonly [number, number, number, number, number, number] | null;
  readonly gcpCount: number;
  readonly files: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly interleave: 'PIXEL' | 'BAND' | null;
  readonly crs: {
    readonly authority: string | null;
    readonly code: string | null;
    readonly name: string;
    readonly isGeographic: boolean;
    readonly isProjected: boolean;
    /** WKT 1 as GDAL exports it. */
    readonly wkt: string;
    readonly proj4: string;
    readonly axisMapping: readonly number[];
  } | null;
  readonly bands: readonly GdalBand[];
}

/** A GeoTIFF to make. */
export interface RasterSpec {
  readonly width: number;
  readonly height: number;
  readonly geoTransform?: readonly number[];
  /** `EPSG:n`, or WKT. */
  readonly crs?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly bands: readonly BandSpec[];
  /** Seed of the pixels that are not given; 1 unless set. */
  readonly seed?: number;
  /** A validity mask with random holes. */
  readonly mask?: 'internal' | 'sidecar';
  /** Factors, for example `[2, 4]`. */
  readonly overviews?: readonly number[];
  readonly sidecarOverviews?: boolean;
  /** Creation options, for example `TILED=YES`. */
  readonly options?: readonly string[];
}

/** A band of a GeoTIFF to make. A file has one data type and one nodata value: the first band's. */
export interface BandSpec {
  readonly dataType: DataType;
  readonly nodata?: NodataJson;
  readonly colorInterp?: 'Undefined' | 'Gray' | 'Palette' | 'Red' | 'Green' | 'Blue' | 'Alpha';
  readonly colorTable?: readonly (readonly [number, number, number, number])[];
  readonly scale?: number;
  readonly offset?: number;
  readonly unit?: string;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Row by row; random values of 0..15 unless given. */
  readonly values?: readonly (number | string)[];
}

/** What GDAL is asked to read of a band. */
export interface ReadWindowOptions {
  /** `[col, row, width, height]`, may be fractional where resampled; the whole band unless given. */
  readonly window?: readonly number[];
  /** Its mask in place of its samples. */
  readonly mask?: boolean;
  /** `[width, height]` of the answer; the window's own unless given. */
  readonly size?: readonly number[];
  /** `nearest` unless given. */
  readonly resampling?: 'nearest' | 'bilinear' | 'cubic' | 'average' | 'mode';
}

/** A running GDAL. Close it in `after()`: it is a process. */
export interface Gdal {
  /** For example `3.13.3`. */
  readonly version: string;
  /** @param pixels whether checksums are computed, by reading every pixel; true unless set */
  describe(path: string, pixels?: boolean): Promise<GdalDataset>;
  /** Whether two rasters' CRSs are the same (OSRIsSame), or both have none. */
  sameCrs(first: string, second: string): Promise<boolean>;
  /** Values of a band (1-based) or of its mask, row by row. */
  values(path: string, band: number, options?: ReadWindowOptions): Promise<readonly (number | string)[]>;
  /**
   * Reads a window, `[col, row, width, height]` and possibly fractional, spread over `size` pixels, one array for each
   * band (1-based) in its own data type; of `mask`, the bands' masks.
   */
  read(
    path: string,
    window: readonly [number, number, number, number],
    size: readonly [width: number, height: number],
    bands: readonly number[],
    options?: Pick<ReadWindowOptions, 'mask' | 'resampling'>,
  ): Promise<readonly Samples[]>;
  /**
   * gdalbuildvrt in process, with the program's own arguments. Rejects where it would end in an error.
   * @param folder what relative paths start from; the tests' own working folder unless given
   */
  buildvrt(destination: string, sources: readonly string[], args?: readonly string[], folder?: string): Promise<void>;
  /** gdal_translate in process, with the program's own arguments. */
  translate(source: string, destination: string, args: readonly string[]): Promise<void>;
  makeRaster(path: string, spec: RasterSpec): Promise<void>;
  /** The smallest type for the values of both (GDALDataTypeUnion). */
  dataTypeUnion(first: DataType, second: DataType): Promise<DataType>;
  /** gdalwarp in process, with the program's own arguments. */
  warp(destination: string, source: string, args: readonly string[]): Promise<void>;
  /** gdaldem in process: `mode` is `hillshade`, `slope`, ...; with the program's own arguments. */
  dem(destination: string, source: string, mode: string, args?: readonly string[]): Promise<void>;
  /** What GDAL's validate_cloud_optimized_geotiff has against a file; nothing where it is a COG. */
  cogProblems(path: string): Promise<readonly string[]>;
  /** The program `gdalinfo -json`, for what `describe` leaves out. */
  gdalinfo(path: string, args?: readonly string[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Where a GDAL with Python bindings is. */
interface Installation {
  readonly python: string;
  readonly gdalinfo: string;
}

/**
 * Starts GDAL: `newest` is the one in the folder that INLAY_TEST_GDAL_BIN names, and the system's where that is
 * not set; `system` is the one on the PATH.
 * @returns null where there is none; in CI, that is an error
 */
export async function openGdal(which: 'newest' | 'system' = 'newest'): Promise<Gdal | null> {
  const installation = await findInstallation(which);
  return installation === null ? null : GdalProcess.start(installation);
}

/**
 * A Python that has GDAL's bindings, as a program to start: the newest one, as {@link openGdal} has it.
 * @returns null where there is none; in CI, that is an error
 */
export async function findGdalPython(): Promise<string | null> {
  return (await findInstallation('newest'))?.python ?? null;
}

async function findInstallation(which: 'newest' | 'system'): Promise<Installation | null> {
  const folder = process.env['INLAY_TEST_GDAL_BIN'];
  if (which === 'newest' && folder) {
    return { python: join(folder, 'python3-gdal'), gdalinfo: join(folder, 'gdalinfo') };
  }
  const installation = await findOnPath();
  if (installation === null && process.env['CI']) {
    throw new Error('CI needs GDAL with its Python bindings: install gdal-bin and python3-gdal');
  }
  return installation;
}

/** What a test that needs GDAL says when it is skipped. */
export const GDAL_IS_ABSENT = 'needs GDAL with its Python bindings on the PATH (gdal-bin, python3-gdal)';

/** The first python3 on the PATH that has GDAL: a version manager's often comes first and has not. */
async function findOnPath(): Promise<Installation | null> {
  for (const folder of new Set((process.env['PATH'] ?? '').split(delimiter))) {
    const python = join(folder, 'python3');
    if (!(await isExecutable(python))) continue;
    try {
      await run(python, ['-c', 'import osgeo.gdal']);
    } catch {
      // A Python without GDAL: the next one may have it.
      continue;
    }
    return { python, gdalinfo: 'gdalinfo' };
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

class GdalProcess implements Gdal {
  version = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #installation: Installation;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #stderr = '';
  /** Why there is no process any more; null while it runs. */
  #end: Error | null = null;

  static async start(installation: Installation): Promise<GdalProcess> {
    const gdal = new GdalProcess(installation);
    gdal.version = (await gdal.#ask('version', {})) as string;
    return gdal;
  }

  private constructor(installation: Installation) {
    this.#installation = installation;
    this.#child = spawn(installation.python, [WORKER], { stdio: 'pipe' });
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('exit', (code, signal) => {
      this.#fail(new Error(`the GDAL process ended with ${signal ?? code}: ${this.#stderr}`));
    });
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-10_000);
    });
    this.#child.stdin.on('error', (error) => this.#fail(error));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#settle(line));
  }

  async describe(path: string, pixels = true): Promise<GdalDataset> {
    return (await this.#ask('describe', { path, pixels })) as GdalDataset;
  }

  async sameCrs(first: string, second: string): Promise<boolean> {
    return (await this.#ask('sameCrs', { first, second })) as boolean;
  }

  async values(path: string, band: number, options: ReadWindowOptions = {}): Promise<readonly (number | string)[]> {
    return (await this.#ask('values', { path, band, ...options })) as readonly (number | string)[];
  }

  async read(
    path: string,
    window: readonly [number, number, number, number],
    size: readonly [number, number],
    bands: readonly number[],
    options: Pick<ReadWindowOptions, 'mask' | 'resampling'> = {},
  ): Promise<readonly Samples[]> {
    const read = await this.#ask('read', { path, window, size, bands, ...options });
    return (read as { dataType: DataType; data: string }[]).map(({ dataType, data }) => {
      const samples = allocateSamples(dataType, size[0] * size[1]);
      new Uint8Array(samples.buffer).set(Buffer.from(data, 'base64'));
      return samples;
    });
  }

  async buildvrt(
    destination: string,
    sources: readonly string[],
    args: readonly string[] = [],
    folder?: string,
  ): Promise<void> {
    await this.#ask('buildvrt', { destination, sources, args, folder });
  }

  async translate(source: string, destination: string, args: readonly string[]): Promise<void> {
    await this.#ask('translate', { source, destination, args });
  }

  async makeRaster(path: string, spec: RasterSpec): Promise<void> {
    await this.#ask('makeRaster', { path, spec });
  }

  async dataTypeUnion(first: DataType, second: DataType): Promise<DataType> {
    return (await this.#ask('dataTypeUnion', { first, second })) as DataType;
  }

  async warp(destination: string, source: string, args: readonly string[]): Promise<void> {
    await this.#ask('warp', { destination, source, args });
  }

  async dem(destination: string, source: string, mode: string, args: readonly string[] = []): Promise<void> {
    await this.#ask('dem', { destination, source, mode, args });
  }

  async cogProblems(path: string): Promise<readonly string[]> {
    return (await this.#ask('cogProblems', { path })) as readonly string[];
  }

  async gdalinfo(path: string, args: readonly string[] = []): Promise<unknown> {
    const { stdout } = await run(this.#installation.gdalinfo, ['-json', ...args, path], { maxBuffer: 2 ** 26 });
    return JSON.parse(stdout);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }

  #ask(command: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#end !== null) return Promise.reject(this.#end);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`GDAL did not answer "${command}" within ${ANSWER_TIMEOUT_MS} ms`));
        this.#child.kill();
      }, ANSWER_TIMEOUT_MS);
      this.#waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#child.stdin.write(`${JSON.stringify({ id, command, ...args })}\n`);
    });
  }

  #settle(line: string): void {
    const answer = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.result);
    else waiting?.reject(new Error(answer.error));
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
