import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DataType } from '@inlay/geo';
import { type GeoTiffRaster, localRasterFiles, memorySource, openRaster, singleFile } from '@inlay/geotiff';

const SCRIPT = fileURLToPath(new URL('./gdal-rasters.py', import.meta.url));

/** A GeoTIFF that GDAL writes, and whose pixels it reads back. */
export interface GdalCase {
  /** Also the file's name, without extension. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly dataType: DataType;
  /** GDAL creation options. */
  readonly options: readonly string[];
  /** Values stay below 2^nbits. */
  readonly nbits?: number;
  readonly nodata?: readonly number[];
  /** No noise: what lossy codecs are made for. */
  readonly smooth?: boolean;
  /** Only the top-left block is written. */
  readonly sparse?: boolean;
  /** With an internal mask. */
  readonly mask?: boolean;
  readonly palette?: boolean;
  /** Factors, by averages. */
  readonly overviews?: readonly number[];
  /** `sidecars`: mask and overviews in files of their own. `cog`: rewritten by the COG driver. */
  readonly flags?: readonly ('sidecars' | 'cog')[];
  readonly cogOptions?: readonly string[];
  /** The last band is 0 or 255, but for one pixel of this value. */
  readonly alpha?: number;
  /** Read this file instead of writing one. */
  readonly file?: string;
}

/** What GDAL made of the cases. */
export interface GdalRasters {
  readonly version: string;
  /** Why a GDAL does not write a case: data types and options that came later. */
  readonly refused: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** All pixels of a file as GDAL reads them: bands one after another, native byte order; the mask where it has one. */
export interface GdalPixels {
  readonly bands: Buffer;
  readonly mask: Buffer | null;
}

/** Writes the cases into a new folder, with the GDAL of INLAY_TEST_GDAL_BIN or of the PATH; null without one. */
export async function makeGdalRasters(cases: readonly GdalCase[]): Promise<GdalRasters | null> {
  const python = await findPython();
  if (python === null) {
    if (process.env['CI']) throw new Error('CI needs GDAL with its Python bindings: install python3-gdal');
    return null;
  }
  const folder = await mkdtemp(join(tmpdir(), 'inlay-pixels-'));
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify({ folder, cases }));
  const [output, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (output === '') throw new Error(`GDAL made no rasters: ${problems}`);
  return { ...(JSON.parse(output) as { version: string; refused: Record<string, string> }), folder };
}

export async function removeGdalRasters({ folder }: GdalRasters): Promise<void> {
  await rm(folder, { recursive: true });
}

export async function readGdalPixels({ folder }: GdalRasters, name: string, masked = false): Promise<GdalPixels> {
  return {
    bands: await readFile(join(folder, `${name}.bin`)),
    mask: masked ? await readFile(join(folder, `${name}.mask`)) : null,
  };
}

/** The bytes of a case's file. */
export async function readCase({ folder }: GdalRasters, name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(join(folder, `${name}.tif`)));
}

/** Opens the file of a case, with what lies beside it. */
export async function openCase({ folder }: GdalRasters, name: string): Promise<GeoTiffRaster> {
  return openRaster(await localRasterFiles(join(folder, `${name}.tif`)));
}

/** Opens a GeoTIFF in memory, without sidecars. */
export async function openBytes(name: string, bytes: Uint8Array): Promise<GeoTiffRaster> {
  return openRaster(singleFile(memorySource(name, bytes)));
}

/** The first python3 that has GDAL and numpy: a version manager's often comes first and has not. */
async function findPython(): Promise<string | null> {
  const folder = process.env['INLAY_TEST_GDAL_BIN'];
  const candidates = [
    ...(folder ? [join(folder, 'python3-gdal')] : []),
    ...(process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'python3')),
  ];
  for (const candidate of new Set(candidates)) {
    const works = await promisify(execFile)(candidate, ['-c', 'import numpy, osgeo.gdal']).then(
      () => true,
      () => false,
    );
    if (works) return candidate;
  }
  return null;
}
