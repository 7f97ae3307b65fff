import { openRaster, servingReport, sidecarName } from '@inlay/geotiff';
import type { Kysely } from 'kysely';
import type { SourceState, Tables } from '../db/tables.ts';
import { JobError } from '../error.ts';
import { isObject } from '../s3/object-place.ts';
import type { Buckets } from '../s3/object-links.ts';
import { statesInBucket } from './bucket-rasters.ts';
import type { NewRaster, Place } from './new-dataset-store.ts';
import type { Definitions } from './definitions.ts';
import { placeOnEarth } from './place.ts';
import { rasterWarnings, refusalOf } from './raster-checks.ts';
import { locationFiles } from './raster-files.ts';
import { allowedPlace, isUrl, type SourceAccess } from './source-roots.ts';
import { probeState, SIDECAR_SUFFIXES } from './source-state.ts';
import { takenAt } from './taken-at.ts';

export interface ReadRegisteredDeps extends SourceAccess {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly objectLinks: Buckets;
}

/** What the header of a registered raster says, as the catalogue keeps it. */
export interface RegisteredRaster {
  readonly place: Place;
  readonly raster: NewRaster;
  readonly warnings: readonly string[];
}

/**
 * Reads the header of a registered raster. @param state what it and its sidecars were just before
 * @throws JobError `unreadable_raster`; GeoTiffError
 */
export async function readRegistered(
  deps: ReadRegisteredDeps,
  location: string,
  state: Readonly<Record<string, SourceState>>,
  signal: AbortSignal,
): Promise<RegisteredRaster> {
  const opened = await openRaster(await locationFiles(location, state, deps), { signal });
  try {
    const { profile } = opened;
    const refusal = refusalOf(opened);
    if (refusal !== null) throw new JobError('unreadable_raster', refusal);
    return {
      place: placeOnEarth(profile),
      warnings: rasterWarnings(opened, profile),
      raster: {
        profile,
        crsId: profile.crs === null ? null : await deps.definitions.internCrs(deps.db, profile.crs),
        layoutId: await deps.definitions.internLayout(deps.db, profile.layout),
        statistics: profile.statistics,
        sizeBytes: opened.images.full.source.size ?? 0,
        checksum: null,
        objectKey: null,
        location,
        sourceState: state,
        sidecars: Object.keys(state).filter((suffix) => suffix !== ''),
        slowReasons: servingReport(profile).reasons,
        takenAt: takenAt(profile.layout.metadata),
        original: null,
      },
    };
  } finally {
    await opened.close();
  }
}

/**
 * The file and the sidecars there are, as they are now. A web server is not asked for sidecars.
 * @throws JobError `unreadable_raster` where it is not there, or nobody allows any more to read it; GeoTiffError
 */
export async function stateOf(
  { sourceRoots: roots, objectLinks }: Pick<ReadRegisteredDeps, 'sourceRoots' | 'objectLinks'>,
  location: string,
  signal: AbortSignal,
): Promise<Record<string, SourceState>> {
  const place = await allowedPlace(location, roots);
  if (!place.ok) throw new JobError('unreadable_raster', `it may not be read: ${place.reason}`);
  if (isObject(location)) {
    const found = await statesInBucket(objectLinks, location, signal);
    if (found === null) throw new JobError('unreadable_raster', 'it is not there');
    return found;
  }
  const own = await probeState(location, objectLinks, signal);
  if (own === null) throw new JobError('unreadable_raster', 'it is not there, or may not be read');
  const states: Record<string, SourceState> = { '': own };
  for (const suffix of isUrl(location) ? [] : SIDECAR_SUFFIXES) {
    const beside = await allowedPlace(sidecarName(location, suffix), roots);
    const state = beside.ok ? await probeState(beside.location, objectLinks, signal) : null;
    if (state !== null) states[suffix] = state;
  }
  return states;
}
