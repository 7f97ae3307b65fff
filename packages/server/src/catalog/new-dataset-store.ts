import type { FootprintGeometry, RasterProfile } from '@inlay/geo';
import type { Insertable, Transaction } from 'kysely';
import type {
  DatasetsTable,
  OriginalFile,
  RastersTable,
  RecordType,
  SourceState,
  StoredStatistics,
  Tables,
  Visibility,
} from '../db/tables.ts';
import { boxText } from './search.ts';

type Trx = Transaction<Tables>;

/** What any dataset is born with; the one constructor of both kinds. */
export interface NewDataset {
  readonly id: string;
  readonly recordType: RecordType;
  readonly title: string;
  readonly summary: string | null;
  readonly visibility: Visibility;
  readonly createdBy: string;
  readonly jobId: string;
  readonly place: Place;
  /** As somebody stated it, RFC 3339; null: as the raster's file says. */
  readonly datetime: string | null;
  /** Percent; null where nobody stated it. */
  readonly cloudCover: number | null;
  readonly raster: NewRaster;
}

/** Where on Earth; all null where the CRS is unknown or cannot be expressed in longitude and latitude. */
export interface Place {
  /** RFC 7946: [west, south, east, north] in degrees, west > east across the antimeridian. */
  readonly bbox: readonly [number, number, number, number] | null;
  readonly footprint: FootprintGeometry | null;
}

export interface NewRaster {
  readonly profile: Pick<RasterProfile, 'width' | 'height' | 'affine' | 'georeference'>;
  readonly crsId: number | null;
  readonly layoutId: number;
  readonly statistics: readonly (StoredStatistics | null)[];
  readonly sizeBytes: number;
  readonly checksum: string | null;
  readonly objectKey: string | null;
  readonly location: string | null;
  readonly sourceState: Readonly<Record<string, SourceState>> | null;
  readonly sidecars: readonly string[];
  readonly slowReasons: readonly string[];
  /** When its pixels were taken, as the file says it, RFC 3339. */
  readonly takenAt: string | null;
  /** What was uploaded, where something else is served and it is kept. */
  readonly original: OriginalFile | null;
}

export async function insertDataset(trx: Trx, dataset: NewDataset): Promise<void> {
  const { place } = dataset;
  await trx
    .insertInto('datasets')
    .values({
      id: dataset.id,
      record_type: dataset.recordType,
      title: dataset.title,
      summary: dataset.summary,
      visibility: dataset.visibility,
      created_by: dataset.createdBy,
      job_id: dataset.jobId,
      datetime: utc(dataset.datetime),
      cloud_cover: dataset.cloudCover,
      ...placeColumns(place),
    })
    .execute();
  await trx
    .insertInto('rasters')
    .values({ dataset_id: dataset.id, ...rasterColumns(dataset) })
    .execute();
}

/** The columns of `datasets` that say where on Earth. */
export function placeColumns({
  bbox,
  footprint,
}: Place): Pick<Insertable<DatasetsTable>, 'bbox' | 'extent' | 'footprint'> {
  return {
    bbox: bbox === null ? null : [...bbox],
    extent: bbox === null ? null : boxText(bbox),
    footprint: JSON.stringify(footprint),
  };
}

/** The columns of `rasters` but for its id and version. */
export function rasterColumns({
  jobId,
  raster,
}: Pick<NewDataset, 'raster'> & { readonly jobId: string | null }): Omit<
  Insertable<RastersTable>,
  'dataset_id' | 'version' | 'since'
> {
  const { profile } = raster;
  return {
    width: profile.width,
    height: profile.height,
    affine: profile.affine === null ? null : [...profile.affine],
    georeference: profile.georeference,
    crs_id: raster.crsId,
    layout_id: raster.layoutId,
    statistics: JSON.stringify(raster.statistics),
    size_bytes: raster.sizeBytes,
    checksum: raster.checksum,
    object_key: raster.objectKey,
    location: raster.location,
    source_state: JSON.stringify(raster.sourceState),
    sidecars: [...raster.sidecars],
    slow_reasons: [...raster.slowReasons],
    datetime: raster.takenAt,
    original: JSON.stringify(raster.original),
    quicklook_key: null,
    quicklook: JSON.stringify(null),
    job_id: jobId,
  };
}

/** PostgreSQL takes fewer offsets than RFC 3339 has. */
export function utc(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
