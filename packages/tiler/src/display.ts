import type { BandProfile, ColorEntry } from '@inlay/geo';

/** How a raster is shown where nobody asked for anything else. Bands are 1-based. */
export type Display =
  /** One band's values are indices into a palette. */
  | { readonly kind: 'palette'; readonly bands: readonly [number]; readonly palette: readonly ColorEntry[] }
  /** Three bands as red, green and blue. `isColor`: the file says that they are. */
  | { readonly kind: 'rgb'; readonly bands: readonly [number, number, number]; readonly isColor: boolean }
  | { readonly kind: 'gray'; readonly bands: readonly [number] };

/**
 * What QGIS and `gdal_translate -of PNG` users expect to see: a palette in its colours; the bands that call themselves
 * red, green and blue; the first three bands where nothing says what they are; else the first band in gray. Alpha
 * bands are never shown.
 */
export function chooseDisplay(bands: readonly BandProfile[]): Display {
  const first = bands[0];
  if (first?.colorTable && first.colorInterp === 'Palette') {
    return { kind: 'palette', bands: [1], palette: first.colorTable };
  }
  const [red, green, blue] = (['Red', 'Green', 'Blue'] as const).map(
    (color) => bands.findIndex((band) => band.colorInterp === color) + 1,
  );
  if (red! > 0 && green! > 0 && blue! > 0) return { kind: 'rgb', bands: [red!, green!, blue!], isColor: true };
  const data = bands.flatMap((band, bandOffset) => (band.colorInterp === 'Alpha' ? [] : [bandOffset + 1]));
  const [one = 1, two, three] = data;
  if (two !== undefined && three !== undefined) return { kind: 'rgb', bands: [one, two, three], isColor: false };
  return { kind: 'gray', bands: [one] };
}

/** The 1-based band that tells opacity; null without one. */
export function alphaBandOf(bands: readonly BandProfile[]): number | null {
  const bandOffset = bands.findIndex((band) => band.colorInterp === 'Alpha');
  return bandOffset < 0 ? null : bandOffset + 1;
}
