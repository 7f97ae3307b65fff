import type { Dataset } from '@inlay/contract';
import { Link } from '@tanstack/react-router';
import { Layers, LockKeyhole } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatDay, formatResolution, formatSize } from '../format.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { classNames } from '../ui/class-names.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';

/** Height of a row in CSS pixels. */
export const ROW_HEIGHT = 68;

export interface DatasetRowProps {
  readonly dataset: Dataset;
  readonly isSelected: boolean;
  readonly isHovered: boolean;
  /** `isRange`: with Shift, all from the one chosen before. */
  readonly onToggle: (isRange: boolean) => void;
  readonly onHover: (isOver: boolean) => void;
}

/** A dataset in the list: its pixels, its name, and what one tells rasters apart by. */
export function DatasetRow({ dataset, isSelected, isHovered, onToggle, onHover }: DatasetRowProps): ReactNode {
  const { id, title, raster, datetime, record_type, visibility } = dataset;
  const isVirtual = record_type === 'vrt_dataset';
  return (
    <div
      className={classNames(
        'flex h-full items-center border-b border-line',
        isSelected ? 'bg-accent-wash' : isHovered && 'bg-hover',
      )}
      onPointerEnter={() => onHover(true)}
      onPointerLeave={() => onHover(false)}
    >
      <label className="flex h-full shrink-0 items-center pr-2.5 pl-4">
        <input
          type="checkbox"
          aria-label={`Select ${title}`}
          className="size-4"
          checked={isSelected}
          onChange={(event) => onToggle((event.nativeEvent as MouseEvent).shiftKey)}
        />
      </label>
      <Link
        to="/datasets/$id"
        params={{ id }}
        className="flex h-full min-w-0 flex-1 items-center gap-3 pr-4 focus-visible:-outline-offset-2"
        onFocus={() => onHover(true)}
        onBlur={() => onHover(false)}
      >
        <Thumbnail src={thumbnailUrl(id, 48)} size={48} />
        <span className="flex min-w-0 flex-1 flex-col">
          <span className="flex items-center gap-1.5">
            <span className="truncate font-medium">{title}</span>
            {visibility === 'private' && <LockKeyhole size={12} aria-label="Private" className="shrink-0 text-soft" />}
          </span>
          <span className="flex gap-2 truncate text-xs text-soft">
            {raster !== null && <span>{formatSize(raster.width, raster.height)}</span>}
            {raster !== null && <span>{formatResolution(raster.res_x, raster.res_y, raster.epsg)}</span>}
            {raster !== null && (
              <span>
                {raster.band_count} × {raster.dtype}
              </span>
            )}
          </span>
          <span className="flex gap-2 truncate text-xs text-soft">
            {isVirtual && (
              <span className="flex items-center gap-1 font-medium text-accent">
                <Layers size={12} aria-hidden="true" />
                {raster?.vrt_type === 'band_stack' ? 'Band stack' : 'Mosaic'} of {raster?.source_count}
              </span>
            )}
            {raster !== null && <span>{raster.epsg === null ? 'No CRS code' : `EPSG:${raster.epsg}`}</span>}
            {datetime !== null && <span>{formatDay(datetime)}</span>}
          </span>
        </span>
      </Link>
    </div>
  );
}

/** A row that is not there yet. */
export function DatasetRowSkeleton(): ReactNode {
  return (
    <div className="flex h-full items-center gap-3 border-b border-line pr-4 pl-10.5" aria-hidden="true">
      <Skeleton className="size-12" />
      <span className="flex flex-1 flex-col gap-2">
        <Skeleton className="h-3.5 w-2/3" />
        <Skeleton className="h-3 w-1/2" />
      </span>
    </div>
  );
}
