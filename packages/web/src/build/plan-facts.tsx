import type { VrtValidation } from '@inlay/contract';
import type { ReactNode } from 'react';
import { formatBytes, formatNumber, formatResolution, formatSize } from '../format.ts';

type PlanJson = NonNullable<VrtValidation['plan']>;

/** What would be built, in numbers, and how the sources cover it. */
export function PlanFacts({ plan }: { readonly plan: PlanJson }): ReactNode {
  const { width, height, resolution, bands, crs, coverage, bounds, requires_gdal: gdal } = plan;
  const epsg = crs.code === null ? null : Number(crs.code.replace('EPSG:', ''));
  const dtypes = [...new Set(bands.map(({ dtype }) => dtype))];
  const facts: readonly (readonly [string, ReactNode, string?])[] = [
    ['Size', `${formatSize(width, height)} px`],
    ['Pixel', formatResolution(resolution[0], resolution[1], epsg)],
    ['Bands', `${bands.length} × ${dtypes.join(', ')}`],
    ['CRS', crs.code ?? crs.name, crs.name],
    ['VRT', `about ${formatBytes(plan.estimated_vrt_bytes)}`],
    ['Reads with', gdal === null ? 'any GDAL' : `GDAL ${gdal} or newer`],
  ];
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr_auto_1fr] gap-x-3 gap-y-1 text-sm">
        {facts.map(([name, value, title]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="truncate" title={title}>
              {value}
            </dd>
          </div>
        ))}
        <dt className="text-soft">Bounds</dt>
        <dd className="col-span-3">
          {place(bounds[0], bounds[1])} to {place(bounds[2], bounds[3])}
        </dd>
      </dl>
      {coverage !== null && <CoverageBar coverage={coverage} />}
    </>
  );
}

function place(x: number, y: number): string {
  return `${formatNumber(x, 8)}, ${formatNumber(y, 8)}`;
}

function CoverageBar({ coverage }: { readonly coverage: NonNullable<PlanJson['coverage']> }): ReactNode {
  const { covered, overlapped } = coverage;
  const once = covered - overlapped;
  return (
    <div className="pt-2 pb-1">
      <div className="flex h-1.5 overflow-hidden rounded-full bg-line" aria-hidden="true">
        <div className="h-full bg-accent" style={{ width: `${100 * overlapped}%` }} />
        <div className="h-full bg-accent/45" style={{ width: `${100 * once}%` }} />
      </div>
      <p className="flex gap-3 pt-1 text-xs text-soft">
        <span>{percent(covered)} covered</span>
        <span>{percent(overlapped)} by several</span>
        <span>{percent(1 - covered)} gaps</span>
      </p>
    </div>
  );
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value > 0 && value < 0.1 ? '< 0.1' : value > 99.9 && value < 100 ? '> 99.9' : Number(value.toFixed(1))} %`;
}
