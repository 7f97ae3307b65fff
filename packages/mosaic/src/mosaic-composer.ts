import type { DataType } from '@inlay/geo';
import type { Samples } from '@inlay/raster';
import type { CompiledMosaic, MosaicBand } from './compiled-mosaic.ts';
import type { Composer } from './compose.ts';
import { type Layer, createLayer, paint, paintConstant, paintSpots, samplesOf } from './paint.ts';
import { type PixelReducer, createReducer } from './pixel-function.ts';
import type { PlannedRead, ReadTarget } from './plan-reads.ts';
import type { SourceCells } from './read-source.ts';

/** Samples and validity of the bands that were asked for. */
export interface ComposedCells {
  /** In the bands' own types. */
  readonly samples: readonly Samples[];
  /** By band: 1 where a source has painted, length = width * height; or all of it, or none. */
  readonly painted: readonly Layer['painted'][];
  /** See `MosaicRead.raster`. */
  readonly mask: Uint8Array | null;
}

type Target = ReadTarget & { readonly dataType: DataType };

/** Paints bands, and beside them what tells which of their pixels are valid: the dataset's mask, or its alpha band. */
export class MosaicComposer implements Composer {
  readonly targets: readonly Target[];
  readonly #bands: readonly MosaicBand[];
  readonly #width: number;
  readonly #height: number;
  /** Position in the targets of what tells validity; null where painting does. */
  readonly #validity: number | null;
  #layers: (Layer | PixelReducer)[] = [];

  constructor({ bands: all, mask }: CompiledMosaic, bands: readonly MosaicBand[], width: number, height: number) {
    this.#width = width;
    this.#height = height;
    const alpha = mask === null ? all.findLast(({ colorInterp }) => colorInterp === 'Alpha') : undefined;
    const isAsked = alpha !== undefined && bands.includes(alpha);
    this.#bands = alpha === undefined || isAsked ? bands : [...bands, alpha];
    this.targets = [
      ...this.#bands.map((band) => ({
        ...band,
        // A pixel function sees values of its own type.
        dataType: band.pixelFunction?.transferType ?? band.dataType,
        takesAll: band.pixelFunction !== null,
      })),
      ...(mask === null ? [] : [{ ...mask, dataType: 'Byte' as const, takesAll: false }]),
    ];
    this.#validity = mask !== null ? bands.length : alpha === undefined ? null : this.#bands.indexOf(alpha);
  }

  start(): void {
    this.#layers = this.targets.map((_, target) => {
      const band = this.#bands[target];
      const layer = createLayer(band?.dataType ?? 'Byte', band?.nodata ?? null, this.#width, this.#height);
      return band === undefined || band.pixelFunction === null
        ? layer
        : createReducer(band.pixelFunction, layer, band.nodata);
    });
  }

  add({ x, y, spots }: PlannedRead, cells: readonly SourceCells[]): void {
    for (const { target, samples, left } of cells) {
      const layer = this.#layers[target]!;
      if ('add' in layer) layer.add(x, y, samples, left);
      else if (spots !== undefined) paintSpots(layer, spots.places, samples, left);
      else if (typeof samples === 'number') paintConstant(layer, x, y, samples, left);
      else paint(layer, x, y, samples, left);
    }
  }

  finish(): ComposedCells {
    const layers = this.#layers.map((layer) => ('add' in layer ? layer.finish() : layer));
    const count =
      this.#validity === null || this.#validity < this.#bands.length ? this.#bands.length : layers.length - 1;
    const wanted = layers.slice(0, count);
    return {
      samples: wanted.map((layer) => samplesOf(layer)),
      painted: wanted.map(({ painted }) => painted),
      mask: this.#validity === null ? paintedAnywhere(wanted) : validWhere(layers[this.#validity]!),
    };
  }
}

function validWhere(layer: Layer): Uint8Array {
  return Uint8Array.from(samplesOf(layer) as ArrayLike<number>, (value) => (value > 0 ? 255 : 0));
}

/** Null where every pixel is. */
function paintedAnywhere(layers: readonly Layer[]): Uint8Array | null {
  if (layers.some(({ painted }) => painted === 'all')) return null;
  const { width, height } = layers[0]!;
  const mask = new Uint8Array(width * height);
  for (const { painted } of layers) {
    if (painted === 'none') continue;
    for (let at = 0; at < mask.length; at += 1) if (painted[at] !== 0) mask[at] = 255;
    // Bands mostly come together: the first one's marks are those of all.
    if (!mask.includes(0)) return null;
  }
  return mask;
}
