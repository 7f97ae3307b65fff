import type { Legend } from '@inlay/contract';
import type { BandProfile, ColorEntry } from '@inlay/geo';
import { type ColorClasses, colorMapByName, type Stretch } from '@inlay/raster';
import type { RenderOptions, RenderRecipe } from '@inlay/tiler';

type AlgorithmPaint = Extract<RenderRecipe['paint'], { kind: 'algorithm' }>;

/** Colours that a ramp is told by. */
const STOPS = 11;

/** What the colours of a raster shown by a recipe mean. */
export function legendOf(recipe: RenderRecipe, { expression }: RenderOptions, bands: readonly BandProfile[]): Legend {
  const { paint, channels } = recipe;
  const names = channels.map((channel, i) =>
    channel.kind === 'band' ? `b${channel.band}` : (expression?.text.split(';')[i]?.trim() ?? `expression ${i + 1}`),
  );
  const [first] = channels;
  const band = first?.kind === 'band' ? bands[first.band - 1] : undefined;
  const none: Omit<Legend, 'kind'> = { unit: null, channels: named(names), stops: [], classes: [] };
  switch (paint.kind) {
    case 'palette':
      return { ...none, kind: 'classes', classes: paletteClasses(paint.palette, band?.categories ?? null) };
    case 'classes':
      return { ...none, kind: 'classes', unit: band?.unit ?? null, classes: ownClasses(paint.classes) };
    case 'stretch': {
      const stretched = named(names, paint.stretches);
      if (channels.length > 1) return { ...none, kind: 'rgb', channels: stretched };
      return {
        ...none,
        kind: 'ramp',
        unit: band?.unit ?? null,
        channels: stretched,
        stops: rampStops(paint.stretches[0]!, paint.ramp),
      };
    }
    default:
      return { ...none, ...algorithmLegend(paint) };
  }
}

function algorithmLegend({
  algorithm: { kind },
  stretch,
  ramp,
}: AlgorithmPaint): Partial<Legend> & Pick<Legend, 'kind'> {
  if (kind === 'terrainrgb' || kind === 'terrarium') return { kind: 'code', unit: 'm', channels: named([kind]) };
  if (kind === 'contours') return { kind: 'classes', unit: 'm' };
  const unit = kind === 'slope' ? 'degree' : null;
  return { kind: 'ramp', unit, channels: named([kind], [stretch]), stops: rampStops(stretch, ramp) };
}

function named(names: readonly string[], stretches: readonly Stretch[] = []): Legend['channels'] {
  return names.map((name, i) => ({ name, minimum: stretches[i]?.lo ?? null, maximum: stretches[i]?.hi ?? null }));
}

function rampStops({ lo, hi }: Stretch, ramp: string | null): Legend['stops'] {
  const colors = ramp === null ? null : colorMapByName(ramp);
  return Array.from({ length: STOPS }, (_, i) => {
    const share = i / (STOPS - 1);
    const byte = Math.round(255 * share);
    const color: ColorEntry =
      colors === null
        ? [byte, byte, byte, 255]
        : [colors[4 * byte]!, colors[4 * byte + 1]!, colors[4 * byte + 2]!, colors[4 * byte + 3]!];
    return { value: lo + (hi - lo) * share, color: hexColor(color) };
  });
}

/** Entries that are transparent name nothing. */
function paletteClasses(palette: readonly ColorEntry[], categories: readonly string[] | null): Legend['classes'] {
  return palette.flatMap((color, value) =>
    color[3] === 0 ? [] : [{ from: value, to: null, label: categories?.[value] ?? null, color: hexColor(color) }],
  );
}

function ownClasses(classes: ColorClasses): Legend['classes'] {
  return classes.kind === 'values'
    ? classes.entries.map(({ value, color }) => ({ from: value, to: null, label: null, color: hexColor(color) }))
    : classes.entries.map(({ from, to, color }) => ({ from, to, label: null, color: hexColor(color) }));
}

function hexColor([r, g, b, a]: ColorEntry): string {
  const digits = (a === 255 ? [r, g, b] : [r, g, b, a]).map((part) => part.toString(16).padStart(2, '0'));
  return `#${digits.join('')}`;
}
