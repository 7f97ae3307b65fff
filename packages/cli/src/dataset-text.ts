import type { Dataset } from './client.ts';
import { formatBytes, formatCount, formatNumber, formatTime } from './format.ts';
import { formatFacts, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const KINDS: Readonly<Record<Dataset['record_type'], string>> = { raster_dataset: 'raster', vrt_dataset: 'virtual' };

/** What `ls` and `add` print: a line per dataset. */
export function datasetTable(terminal: Terminal, datasets: readonly Dataset[]): string {
  return formatTable(
    terminal,
    [
      { title: 'ID' },
      { title: 'Title', flexible: true },
      { title: 'Kind' },
      { title: 'Pixels', align: 'right' },
      { title: 'Bands', align: 'right' },
      { title: 'Type' },
      { title: 'CRS' },
      { title: 'Visibility' },
    ],
    datasets.map(({ id, title, record_type: recordType, visibility, raster }) => [
      id,
      title,
      KINDS[recordType],
      raster === null ? '-' : pixels(raster),
      raster === null ? '-' : formatCount(raster.band_count),
      raster?.dtype ?? '-',
      raster === null ? '-' : crsText(raster),
      visibility,
    ]),
  );
}

/** What `show` prints: all facts of one dataset, then its bands. */
export function datasetText(terminal: Terminal, dataset: Dataset): string {
  const { raster } = dataset;
  const facts: (readonly [string, string])[] = [
    ['ID', dataset.id],
    ['Title', dataset.title],
    ...(dataset.summary === null ? [] : [['Summary', dataset.summary] as const]),
    ['Kind', KINDS[dataset.record_type]],
    ['Visibility', dataset.visibility],
    ['Created', formatTime(dataset.created_at)],
    ['Extent', dataset.extent_bbox?.map(formatNumber).join(', ') ?? 'not georeferenced'],
  ];
  if (raster === null) return formatFacts(terminal, facts);
  return `${formatFacts(terminal, [...facts, ...rasterFacts(raster), ...mapFacts(dataset)])}\n\n${bandTable(terminal, raster)}`;
}

type Raster = NonNullable<Dataset['raster']>;

function rasterFacts(raster: Raster): (readonly [string, string])[] {
  const { res_x: resX, res_y: resY, size_bytes: size } = raster;
  const virtual =
    raster.vrt_type === null
      ? []
      : ([
          ['Made of', `${formatCount(raster.source_count ?? 0)} sources, as a ${raster.vrt_type.replace('_', ' ')}`],
          ['Resolution from', raster.resolution_strategy ?? '-'],
          ...(raster.health === null ? [] : [['Sources', healthText(raster.health)] as const]),
          ...(raster.auto_regenerate === true ? [['Follows', 'its sources: it is built anew by itself'] as const] : []),
        ] as const);
  return [
    ['Status', raster.status],
    ...(raster.file_status === null || raster.file_status === 'healthy' ? [] : [['File', raster.file_status] as const]),
    ...virtual,
    ['Pixels', pixels(raster)],
    ['CRS', crsText(raster)],
    ['Resolution', resX === null || resY === null ? '-' : `${formatNumber(resX)} x ${formatNumber(resY)}`],
    ['Overviews', raster.overviews.map(({ width, height }) => `${width} x ${height}`).join(', ') || 'none'],
    ['Size', size === null ? '-' : formatBytes(size)],
    ...(raster.download_url === null ? [] : [['Download', raster.download_url] as const]),
  ];
}

/** `healthy`, or how many are not and how. */
function healthText(health: NonNullable<Raster['health']>): string {
  const wrong = Object.entries(health).filter(([status, count]) => status !== 'healthy' && count > 0);
  return wrong.map(([status, count]) => `${formatCount(count)} ${status}`).join(', ') || 'all healthy';
}

/** Where it is seen on a map, and the tiles for other maps; nothing for what has no place. */
function mapFacts({ id, raster }: Dataset): (readonly [string, string])[] {
  const tiles = raster?.tile_url ?? null;
  if (tiles === null) return [];
  return [
    ['Map', `${tiles.replace(/\/api\/datasets\/.*$/, '')}/datasets/${id}`],
    ['Tiles', tiles],
  ];
}

function bandTable(terminal: Terminal, { bands }: Raster): string {
  return formatTable(
    terminal,
    [
      { title: 'Band', align: 'right' },
      { title: 'Type' },
      { title: 'Colour' },
      { title: 'Nodata', align: 'right' },
      { title: 'Min', align: 'right' },
      { title: 'Max', align: 'right' },
      { title: 'Mean', align: 'right' },
      { title: 'Name', flexible: true },
    ],
    bands.map(({ index, dtype, color_interp: colour, nodata, statistics, name }) => [
      String(index),
      dtype,
      colour,
      nodata === null ? '-' : String(nodata),
      ...[statistics?.minimum, statistics?.maximum, statistics?.mean].map((value) =>
        value === undefined ? '-' : formatNumber(Number(value.toPrecision(6))),
      ),
      name ?? '',
    ]),
  );
}

function pixels({ width, height }: Raster): string {
  return `${formatCount(width)} x ${formatCount(height)}`;
}

function crsText({ epsg, crs_wkt: wkt }: Raster): string {
  if (epsg !== null) return `EPSG:${epsg}`;
  return wkt === null ? 'none' : 'custom';
}
