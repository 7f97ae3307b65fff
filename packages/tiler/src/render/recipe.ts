import type { BandProfile, ColorEntry, Nodata } from '@inlay/geo';
import type { ColorClasses, ColorOperation, ExpressionNode, Stretch, Resampling } from '@inlay/raster';
import type { ChannelStatistics } from './channel-statistics.ts';
import { defaultStretch, stretchOf } from './channel-statistics.ts';
import type { Algorithm, RescaleChoice } from './render-options.ts';

/**
 * Everything that turns one raster's pixels into a picture's, decided once and the same for each of its tiles. Plain
 * data: it can be cached, hashed for an ETag, and sent to another thread.
 */
export interface RenderRecipe {
  /** 1-based bands to read, each once. */
  readonly bands: readonly number[];
  /** One per band read. */
  readonly nodata: readonly (Nodata | null)[];
  /** The one of {@link bands} that tells opacity, and its value of full opacity; null without. */
  readonly alpha: { readonly band: number; readonly opaque: number } | null;
  readonly kernel: Resampling;
  /** One channel, or red, green and blue. */
  readonly channels: readonly Channel[];
  readonly paint: Paint;
  readonly colorFormula: readonly ColorOperation[];
}

/** Where a channel's values come from. */
export type Channel =
  /** A band's values, times `scale`, plus `offset`. 1-based. */
  | { readonly kind: 'band'; readonly band: number; readonly scale: number; readonly offset: number }
  | { readonly kind: 'expression'; readonly node: ExpressionNode };

/** How channels become colours. */
export type Paint =
  /** One stretch a channel; `ramp` names the colour map of a single one, null for gray. */
  | { readonly kind: 'stretch'; readonly stretches: readonly Stretch[]; readonly ramp: string | null }
  | { readonly kind: 'palette'; readonly palette: readonly ColorEntry[] }
  | { readonly kind: 'classes'; readonly classes: ColorClasses }
  /** From elevations in metres; hillshade and slope are stretched, and coloured where `ramp` is not null. */
  | {
      readonly kind: 'algorithm';
      readonly algorithm: Algorithm;
      readonly stretch: Stretch;
      readonly ramp: string | null;
    };

/** A recipe whose stretches may still depend on statistics. */
export interface RecipeDraft {
  readonly recipe: Omit<RenderRecipe, 'paint'>;
  readonly paint: Paint | { readonly kind: 'unstretched'; readonly ramp: string | null };
  /** One a channel where `paint` is `unstretched`: a known stretch, or how to choose one (null: the default). */
  readonly stretches: readonly (Stretch | RescaleChoice | null)[];
  /** All bands of the raster. */
  readonly profiles: readonly BandProfile[];
}

/** Channels, 0-based, whose statistics a draft needs: none for most pictures of bytes. */
export function channelsWithoutStretch(draft: RecipeDraft): number[] {
  if (draft.paint.kind !== 'unstretched') return [];
  return draft.stretches.flatMap((stretch, channel) => (isStretch(stretch) ? [] : [channel]));
}

/**
 * The finished recipe.
 * @param statistics one a channel; null where it has no valid value, which is then shown as bytes would be.
 */
export function completeRecipe(
  { recipe, paint, stretches }: RecipeDraft,
  statistics: readonly (ChannelStatistics | null)[],
): RenderRecipe {
  if (paint.kind !== 'unstretched') return { ...recipe, paint };
  const chosen = stretches.map((choice, channel): Stretch => {
    if (isStretch(choice)) return choice;
    const known = statistics[channel] ?? null;
    if (known === null) return { lo: 0, hi: 255 };
    return choice === null ? defaultStretch(known) : stretchOf(choice, known);
  });
  return { ...recipe, paint: { kind: 'stretch', stretches: chosen, ramp: paint.ramp } };
}

function isStretch(choice: Stretch | RescaleChoice | null): choice is Stretch {
  return choice !== null && !('kind' in choice);
}

/** Whether pixels are of few flat colours, which PNG packs best without a row filter. */
export function isFlat({ paint }: RenderRecipe): boolean {
  return (
    paint.kind === 'palette' ||
    paint.kind === 'classes' ||
    (paint.kind === 'algorithm' && paint.algorithm.kind === 'contours')
  );
}
