import type { Dataset } from '@inlay/contract';
import type { ReactNode } from 'react';
import { formatDay, formatResolution, formatSize } from '../format.ts';

/** Height of a row of a source in CSS pixels. */
export const SOURCE_ROW_HEIGHT = 68;

/** What one tells sources apart by, in two lines: shape, then place and time. */
export function SourceFacts({
  dataset: { raster, datetime, cloud_cover: clouds },
}: {
  readonly dataset: Dataset;
}): ReactNode {
  return (
    <>
      <span className="flex gap-2 truncate text-xs text-soft">
        {raster === null ? (
          <span>Not looked at yet</span>
        ) : (
          <>
            <span>{formatSize(raster.width, raster.height)}</span>
            <span>
              {raster.band_count} × {raster.dtype}
            </span>
          </>
        )}
      </span>
      <span className="flex gap-2 truncate text-xs text-soft">
        {raster !== null && (
          <>
            <span>{formatResolution(raster.res_x, raster.res_y, raster.epsg) ?? 'No pixel size'}</span>
            <span>
              {raster.epsg === null
                ? raster.crs_wkt === null
                  ? 'No CRS'
                  : 'CRS without a code'
                : `EPSG:${raster.epsg}`}
            </span>
          </>
        )}
        {datetime !== null && <span>{formatDay(datetime)}</span>}
        {clouds !== null && <span>{Math.round(clouds)} % clouds</span>}
      </span>
    </>
  );
}
