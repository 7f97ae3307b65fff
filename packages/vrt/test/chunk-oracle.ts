import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Window } from '@inlay/geo';
import type { Gdal, GdalDataset, RasterSpec } from '@inlay/testing';
import {
  chunkPlan,
  type ChunkedPlan,
  type ChunkOptions,
  planMosaic,
  type PlanOptions,
  type VrtPlan,
  writeChunkedVrt,
  writeVrt,
} from '@inlay/vrt';
import { profileFromGdal } from './profile-from-gdal.ts';

/** One mosaic written twice, with names relative to the VRTs: in one piece, and as root and chunks. */
export interface Written {
  readonly folder: string;
  readonly flat: string;
  readonly root: string;
  readonly plan: VrtPlan;
  readonly chunked: ChunkedPlan;
}

/** Makes the sources, plans their mosaic, and writes it both ways into a new folder. */
export async function writeBothWays(
  gdal: Gdal,
  folder: string,
  specs: readonly RasterSpec[],
  options: PlanOptions,
  chunkOptions: ChunkOptions,
): Promise<Written> {
  await mkdir(folder);
  const sources = [];
  for (const [index, spec] of specs.entries()) {
    const path = join(folder, `${index}.tif`);
    await gdal.makeRaster(path, spec);
    sources.push({ label: `${index}`, profile: profileFromGdal(await gdal.describe(path, false)) });
  }
  const { plan, problems } = planMosaic(sources, options);
  assert.deepEqual(problems, []);
  assert.ok(plan);
  const sourceFile = (index: number) => ({ filename: `${index}.tif`, relativeToVrt: true });
  const flat = join(folder, 'flat.vrt');
  await writeFile(flat, [...writeVrt(plan, sourceFile)].join(''));

  const chunked = chunkPlan(plan, { minSourceElements: 1, ...chunkOptions });
  const nameOf = (chunk: number): string => `chunk-${chunk}.vrt`;
  const chunkFile = (chunk: number) => ({ filename: nameOf(chunk), relativeToVrt: true });
  for (const { chunk, text } of writeChunkedVrt(chunked, sourceFile, chunkFile)) {
    await writeFile(join(folder, chunk === null ? 'root.vrt' : nameOf(chunk)), [...text].join(''));
  }
  return { folder, flat, root: join(folder, 'root.vrt'), plan, chunked };
}

/**
 * Whether a version of GDAL reads the same pixels in one window as in its parts. Since 3.12 it rounds by where a window
 * begins, for sources whose pixels are not the output's.
 */
export function readsAlikeInAnyWindow({ version }: Gdal, { placements }: VrtPlan): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 12)) return true;
  const { srcRects, dstRects } = placements;
  return dstRects.every((term, at) => Number.isInteger(term) && (at % 4 < 2 || term === srcRects[at]));
}

/** What GDAL reports of a dataset, the names of its sources left out. */
export function withoutFiles({ files: _files, ...facts }: GdalDataset): unknown {
  return facts;
}

/** A nearest-neighbour read of part of a raster into a buffer of another size. */
export interface ScaledRead {
  readonly window: Window;
  readonly width: number;
  readonly height: number;
}

/** Values of band 1 as GDAL reads them into a buffer of another size: the pixels of a VRT that asks for just that. */
export async function scaledValues(
  gdal: Gdal,
  path: string,
  { window, width, height }: ScaledRead,
): Promise<readonly (number | string)[]> {
  const [band] = (await gdal.describe(path, false)).bands;
  assert.ok(band);
  const wrapper = `${path}.scaled.vrt`;
  const { colOff, rowOff } = window;
  await writeFile(
    wrapper,
    `<VRTDataset rasterXSize="${width}" rasterYSize="${height}"><VRTRasterBand dataType="${band.dataType}" band="1">` +
      `<SimpleSource><SourceFilename relativeToVRT="0">${path}</SourceFilename>` +
      `<SourceBand>1</SourceBand>` +
      `<SrcRect xOff="${colOff}" yOff="${rowOff}" xSize="${window.width}" ySize="${window.height}" />` +
      `<DstRect xOff="0" yOff="0" xSize="${width}" ySize="${height}" /></SimpleSource></VRTRasterBand></VRTDataset>`,
  );
  return gdal.values(wrapper, 1);
}
