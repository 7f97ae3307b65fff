import type { RasterProfile } from '@inlay/geo';
import type { GeoTiffRaster } from '@inlay/geotiff';

/** Most bands of a raster to catalogue: every answer that shows a dataset lists all of them. */
const MAX_BANDS = 4096;

/** Why a raster that can be read is not one to catalogue, as a sentence; null for almost all. */
export function refusalOf({ profile, warnings }: GeoTiffRaster): string | null {
  const count = profile.layout.bands.length;
  if (count > MAX_BANDS) return `It has ${count} bands; at most ${MAX_BANDS} can be catalogued.`;
  return warnings.find((warning) => warning.code === 'beyond-end')?.message ?? null;
}

/** What about a raster will surprise people later; `profile` is what it is catalogued as. */
export function rasterWarnings({ images, warnings }: GeoTiffRaster, profile: RasterProfile): string[] {
  const messages = warnings
    // Moot where a CRS was assigned.
    .filter(({ code }) => code !== 'unknown-crs' || profile.crs === null)
    .map(({ message }) => message);
  return [...factWarnings(images.full.source.name, profile), ...messages];
}

function factWarnings(name: string, profile: RasterProfile): string[] {
  const warnings: string[] = [];
  if (profile.georeference === 'none') {
    warnings.push(`${name} has no georeference: it cannot be placed on a map or in a mosaic.`);
  } else if (profile.affine === null) {
    warnings.push(
      `${name} is georeferenced by control points, not by a transform: rectify it (gdalwarp) to use it in a mosaic.`,
    );
  }
  if (profile.crs === null) {
    warnings.push(`${name} has no coordinate reference system: set one with srid_override.`);
  }
  return warnings;
}
