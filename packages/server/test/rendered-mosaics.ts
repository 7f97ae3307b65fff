import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RasterProfile } from '@inlay/geo';
import { createBlockCache, memoryRasterFiles, openRaster } from '@inlay/geotiff';
import { compileMosaic, openCompiledMosaic } from '@inlay/mosaic';
import { type GeoTiffSpec, makeGeoTiff } from '@inlay/testing';
import { type OverviewPlan, planMosaic, type VrtPlan } from '@inlay/vrt';
import { makeBlock } from '../src/overviews/make-block.ts';
import type { OverviewTask } from '../src/overviews/overview-task.ts';
import { type EarlierFile, renderFile } from '../src/overviews/render-file.ts';
import { storeFile } from '../src/overviews/store-file.ts';
import { writeMembers } from '../src/pixels/member-table.ts';
import { createOpenedRasters } from '../src/pixels/opened-rasters.ts';
import type { MosaicParts } from '../src/pixels/raster-source.ts';
import type { ReadingDeps } from '../src/pixels/read-pixels.ts';
import { NO_OBJECTS } from '../src/s3/object-links.ts';
import { createFileStorage } from '../src/storage/file-storage.ts';

/** A source of a mosaic that is made for a test. */
export interface MadeSource {
  readonly id: string;
  readonly version: number;
  readonly raster: GeoTiffSpec;
}

/** A mosaic with its sources in storage. */
export interface MadeMosaic {
  readonly plan: VrtPlan;
  readonly parts: MosaicParts;
  readonly versions: readonly number[];
}

/** Levels as they are stored, and what was done to make them. */
export interface Rendering {
  /** The stored files, in order. */
  readonly files: readonly Buffer[];
  readonly keys: readonly string[];
  /** Blocks that were made, not copied; `render` ones are of the first level. */
  readonly tasks: readonly OverviewTask[];
  /** The most blocks that were in the making at a time. */
  readonly mostAtOnce: number;
}

/** Renders mosaics without a server: storage in a folder, blocks made in this thread. */
export function renderer(folder: string) {
  const storage = createFileStorage(join(folder, 'objects'));
  const deps: ReadingDeps = {
    opened: createOpenedRasters({ storage, sourceRoots: [], objectLinks: NO_OBJECTS, maxOpen: 64 }),
    cache: createBlockCache({ maxBytes: 2 ** 24, inThisThread: true }),
  };
  let count = 0;
  /** Of sources that are stored already. */
  const profiles = new Map<string, RasterProfile>();

  async function mosaicOf(sources: readonly MadeSource[]): Promise<MadeMosaic> {
    const loaded = [];
    for (const { id, version, raster } of sources) {
      const objectKey = `sources/${id}-${version}${raster.nodata === undefined ? '-whole' : ''}.tif`;
      let profile = profiles.get(objectKey);
      if (profile === undefined) {
        const bytes = makeGeoTiff(raster);
        await storage.put(objectKey, pieces(bytes));
        ({ profile } = await openRaster(memoryRasterFiles(id, new Map([[id, bytes]]))));
        profiles.set(objectKey, profile);
      }
      loaded.push({ id, version, objectKey, profile });
    }
    const { plan, problems } = planMosaic(
      loaded.map(({ id, profile }) => ({ label: id, profile })),
      { resolutionStrategy: 'finest' },
    );
    if (plan === null) throw new Error(problems[0]!.message);
    const { bytes } = compileMosaic(
      plan,
      loaded.map(({ id, profile }) => ({ id, layout: profile.layout })),
    );
    const compiled = new SharedArrayBuffer(bytes.byteLength);
    new Uint8Array(compiled).set(new Uint8Array(bytes));
    count += 1;
    const members = writeMembers(
      loaded.map(({ id, version, objectKey, profile }) => ({
        datasetId: id,
        version,
        name: id,
        width: profile.width,
        height: profile.height,
        layout: profile.layout,
        place: { kind: 'stored', objectKey },
        isReplaced: false,
      })),
    );
    const parts: MosaicParts = {
      kind: 'mosaic',
      id: `${folder} ${count}`,
      generationId: `${count}`,
      epoch: 1,
      compiled,
      members,
    };
    return { plan, parts, versions: loaded.map(({ version }) => version) };
  }

  async function render(
    { parts }: MadeMosaic,
    plan: OverviewPlan,
    earlier: readonly EarlierFile[] | null = null,
  ): Promise<Rendering> {
    count += 1;
    const tasks: OverviewTask[] = [];
    let [atOnce, mostAtOnce] = [0, 0];
    const { signal } = new AbortController();
    const mosaic = openCompiledMosaic(parts.compiled);
    const keys: string[] = [];
    const files: Buffer[] = [];
    for (const [index, file] of plan.files.entries()) {
      const levels = await renderFile(
        { plan, file, place: parts, earlier: earlier?.[index] ?? null },
        {
          async makeBlock(task) {
            tasks.push(task);
            atOnce += 1;
            mostAtOnce = Math.max(mostAtOnce, atOnce);
            try {
              return await makeBlock(deps, task, signal);
            } finally {
              atOnce -= 1;
            }
          },
          folder,
          name: `${count}-${index}`,
          blocksAtOnce: 2,
          signal,
          onBlock: () => undefined,
        },
      );
      const key = `overviews/${count}-${index}.tif`;
      await storeFile(storage, key, file, levels, mosaic, signal);
      for (const level of levels) await level.close();
      keys.push(key);
      files.push(await readFile(storage.localPath(key)!));
    }
    return { files, keys, tasks, mostAtOnce };
  }

  return { deps, storage, mosaicOf, render };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
