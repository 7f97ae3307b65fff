import {
  bboxOfRaster,
  type BandProfile,
  crsLabel,
  isRotated,
  isSouthUp,
  layoutToJson,
  MASK_ALL_VALID,
  MASK_ALPHA,
  MASK_NODATA,
  MASK_PER_DATASET,
  nodataToJson,
  type RasterLayoutJson,
  type RasterProfile,
  resolution,
  toGeoTransform,
} from '@inlay/geo';
import { formatCount, formatNumber, plural } from './format.ts';
import { formatFacts, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

type Fact = readonly [name: string, value: string];

/** What `info` prints: the facts of the raster, then its bands. */
export function profileText(terminal: Terminal, profile: RasterProfile): string {
  return `${formatFacts(terminal, profileFacts(profile))}\n\n${bandTable(terminal, profile)}`;
}

/** What `info --json` prints. `geotransform` in GDAL's order, `bounds` as [minX, minY, maxX, maxY] in the CRS. */
export function profileJson(profile: RasterProfile): object {
  const { affine, width, height, layout, ...rest } = profile;
  const json: RasterLayoutJson = layoutToJson(layout);
  return {
    width,
    height,
    geotransform: affine === null ? null : toGeoTransform(affine),
    bounds: affine === null ? null : bboxOfRaster(affine, width, height),
    ...rest,
    ...json,
  };
}

function profileFacts(profile: RasterProfile): readonly Fact[] {
  const { width, height, crs, layout } = profile;
  return [
    ['Size', `${formatCount(width)} x ${formatCount(height)} pixels, ${plural(layout.bands.length, 'band')}`],
    ['CRS', crs === null ? 'none' : crs.code === null ? crs.name : `${crsLabel(crs)} (${crs.name})`],
    ...gridFacts(profile),
    ['Storage', storageText(profile)],
    ['Overviews', layout.overviews.map((level) => `${level.width} x ${level.height}`).join(', ') || 'none'],
    ...(layout.mask === null ? [] : [['Mask', `${layout.mask.location}, one for all bands`] as const]),
  ];
}

function gridFacts({ affine, width, height, crs, georeference }: RasterProfile): readonly Fact[] {
  if (affine === null) {
    const reasons = { gcp: 'by ground control points only', rpc: 'by RPC only', affine: 'unknown', none: 'none' };
    return [['Georeference', reasons[georeference]]];
  }
  const unit = crs === null ? '' : ` ${crs.unit.name}`;
  const orientation = isRotated(affine) ? ['rotated'] : isSouthUp(affine) ? ['south up'] : [];
  return [
    ['Origin', [affine[2], affine[5]].map(formatNumber).join(', ')],
    ['Resolution', `${resolution(affine).map(formatNumber).join(' x ')}${unit}`],
    ['Bounds', bboxOfRaster(affine, width, height).map(formatNumber).join(', ')],
    ...orientation.map((text): Fact => ['Orientation', text]),
  ];
}

function storageText({ layout: { storage, bands } }: RasterProfile): string {
  const block = bands[0];
  return [
    storage.bigTiff ? 'BigTIFF' : 'TIFF',
    storage.compression ?? 'uncompressed',
    ...(block === undefined
      ? []
      : [`${block.blockWidth} x ${block.blockHeight} ${storage.tiled ? 'tiles' : 'strips'}`]),
    ...(bands.length > 1 ? [`${storage.interleave.toLowerCase()} interleaved`] : []),
    ...(storage.sparse ? ['sparse'] : []),
  ].join(', ');
}

function bandTable(terminal: Terminal, { layout, statistics }: RasterProfile): string {
  return formatTable(
    terminal,
    [
      { title: 'Band', align: 'right' },
      { title: 'Type' },
      { title: 'Colour' },
      { title: 'Nodata', align: 'right' },
      { title: 'Min', align: 'right' },
      { title: 'Max', align: 'right' },
      { title: 'Validity' },
      { title: 'Description', flexible: true },
    ],
    layout.bands.map((band, index) => {
      const known = statistics[index] ?? null;
      return [
        String(index + 1),
        band.nbits === null ? band.dataType : `${band.dataType} (${band.nbits} bits)`,
        band.colorInterp,
        band.nodata === null ? '-' : String(nodataToJson(band.nodata)),
        known === null ? '-' : formatNumber(known.minimum),
        known === null ? '-' : formatNumber(known.maximum),
        validityText(band),
        [band.description ?? '', band.unit === null ? '' : `[${band.unit}]`].join(' ').trim(),
      ];
    }),
  );
}

/** How the band says which of its pixels are valid, from GDAL's mask flags. */
function validityText({ maskFlags }: BandProfile): string {
  const names: readonly (readonly [bit: number, name: string])[] = [
    [MASK_ALL_VALID, 'all valid'],
    [MASK_ALPHA, 'alpha'],
    [MASK_NODATA, 'nodata'],
    [MASK_PER_DATASET, 'mask'],
  ];
  // Alpha is a per-dataset mask too (GDAL sets both bits); one word is enough.
  return names.find(([bit]) => (maskFlags & bit) !== 0)?.[1] ?? '-';
}
