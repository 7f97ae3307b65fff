import type { Band, Dataset } from '@inlay/contract';
import type { ReactNode } from 'react';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatMoment,
  formatNumber,
  formatPlural,
  formatResolution,
  formatSize,
  resolutionUnit,
} from '../format.ts';
import { Empty } from '../ui/states.tsx';
import { Facts, Table } from '../ui/table.tsx';

/** All that is known of a dataset's pixels. */
export function FactsTab({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const { raster, extent_bbox: extent, datetime, cloud_cover: clouds } = dataset;
  if (raster === null) return <Empty title="Not looked at yet">Its pixels are being read.</Empty>;
  return (
    <div className="flex flex-col gap-5 p-4">
      <Part title="Grid">
        <Facts
          facts={[
            ['Size', `${formatSize(raster.width, raster.height)} px`],
            ['Resolution', formatResolution(raster.res_x, raster.res_y, raster.epsg)],
            [
              'CRS',
              raster.epsg === null
                ? (crsName(raster.crs_wkt) ?? 'None: it has no place on the map')
                : `EPSG:${raster.epsg}${named(crsName(raster.crs_wkt))}`,
            ],
            ['Origin', originOf(raster.geotransform, raster.epsg)],
            ['Extent', extent === null ? null : extentText(extent)],
          ]}
        />
      </Part>
      <Part title={formatPlural(raster.band_count, 'band')}>
        <Table label="Bands" rows={raster.bands} keyOf={({ index }) => String(index)} columns={BAND_COLUMNS} />
        {raster.bands.some(({ statistics }) => statistics?.approximate === true) && (
          <p className="mt-1 text-xs text-soft">Statistics come from an overview or from some of the pixels.</p>
        )}
      </Part>
      <Part title="Storage">
        <Facts
          facts={[
            ['Size', raster.size_bytes === null ? null : formatBytes(raster.size_bytes)],
            ['Compression', raster.compression ?? (dataset.record_type === 'vrt_dataset' ? null : 'None')],
            ['Blocks', raster.block_size === null ? null : `${formatSize(...raster.block_size)} px`],
            [
              'Overviews',
              raster.overviews.length === 0
                ? 'None'
                : raster.overviews.map(({ width, height }) => formatSize(width, height)).join(', '),
            ],
            [
              'Read with',
              raster.requires_gdal === null ? 'GDAL 3.6 or later' : `GDAL ${raster.requires_gdal} or later`,
            ],
            [
              'Checksum',
              raster.checksum === null ? null : (
                <code key="checksum" className="font-mono text-xs break-all">
                  {raster.checksum}
                </code>
              ),
            ],
          ]}
        />
      </Part>
      <Part title="Catalogue">
        <Facts
          facts={[
            ['Taken', datetime === null ? 'Not stated' : formatDay(datetime)],
            ['Clouds', clouds === null ? null : `${formatNumber(clouds, 3)} %`],
            ['Owner', dataset.created_by_name],
            ['Added', formatMoment(dataset.created_at)],
            ['Changed', formatMoment(dataset.updated_at)],
            [
              'Identifier',
              <code key="id" className="font-mono text-xs break-all">
                {dataset.id}
              </code>,
            ],
          ]}
        />
      </Part>
    </div>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <section>
      <h2 className="mb-1 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

const BAND_COLUMNS = [
  { title: '#', isNumeric: true, cell: ({ index }: Band) => formatCount(index) },
  { title: 'Name', cell: ({ name, color_interp: color }: Band) => name ?? color },
  { title: 'Type', cell: ({ dtype }: Band) => dtype },
  { title: 'No data', isNumeric: true, cell: ({ nodata }: Band) => shown(nodata) },
  { title: 'Least', isNumeric: true, cell: ({ statistics }: Band) => shown(statistics?.minimum) },
  { title: 'Mean', isNumeric: true, cell: ({ statistics }: Band) => shown(statistics?.mean) },
  { title: 'Most', isNumeric: true, cell: ({ statistics }: Band) => shown(statistics?.maximum) },
  { title: 'Std dev', isNumeric: true, cell: ({ statistics }: Band) => shown(statistics?.stddev) },
] as const;

function shown(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'number' ? formatNumber(value, 4) : value;
}

/** The first name in a WKT: that of the CRS. */
function crsName(wkt: string | null): string | null {
  return wkt === null ? null : (/^\w+\["([^"]+)"/.exec(wkt)?.[1] ?? null);
}

function named(name: string | null): string {
  return name === null ? '' : `, ${name}`;
}

function originOf(transform: readonly number[] | null, epsg: number | null): string | null {
  const [x, , , y] = transform ?? [];
  if (x === undefined || y === undefined) return null;
  const unit = resolutionUnit(epsg);
  return `${formatNumber(x, 9)}, ${formatNumber(y, 9)}${unit === '' ? '' : unit === '°' ? '°' : ` ${unit}`}`;
}

function extentText([west, south, east, north]: readonly [number, number, number, number]): string {
  return `${formatNumber(west, 7)}° to ${formatNumber(east, 7)}° east, ${formatNumber(south, 7)}° to ${formatNumber(north, 7)}° north`;
}
