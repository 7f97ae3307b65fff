import type {
  FilterSpecification,
  GeoJSONSourceSpecification,
  LayerSpecification,
  RasterSourceSpecification,
} from 'maplibre-gl';

// Terminology: a map layer is one subject on the map (footprints, a raster, the land): one source, and the styles that draw
// it. Layers are plain data, made by small functions in layers/: state in, layer out. map-view.tsx makes the map agree.

/** How a source is drawn; MapLibre's layer without its name and source. */
export interface LayerStyle {
  readonly type: LayerSpecification['type'];
  readonly paint?: Readonly<Record<string, unknown>>;
  readonly layout?: Readonly<Record<string, unknown>>;
  readonly filter?: FilterSpecification;
  readonly minzoom?: number;
  readonly maxzoom?: number;
}

/** What is different about a feature, read by styles as `['feature-state', name]`. */
export type FeatureState = Readonly<Record<string, boolean | number | string>>;

/** A picture that styles name, as patterns to fill with and icons to place. */
export interface MapImage {
  readonly data: ImageData;
  /** Of its pixels to CSS pixels. */
  readonly pixelRatio: number;
}

/** One subject on the map. */
export interface MapLayer {
  /** Unique among the layers shown together. */
  readonly id: string;
  /** Compared by identity: keep the same object while nothing changed (`useMemo`). Features need the property `id`. */
  readonly source: GeoJSONSourceSpecification | RasterSourceSpecification;
  /** From the bottom up. */
  readonly styles: readonly LayerStyle[];
  /** By the feature's `id`; those left out have none. Changing them redraws without loading anything again. */
  readonly states?: ReadonlyMap<string, FeatureState>;
  /** By the names that its styles use. A name means one picture for good: another picture has another name. */
  readonly images?: ReadonlyMap<string, MapImage>;
  /** Whether its features can be pointed at and picked. */
  readonly isPickable?: boolean;
}

/** A feature that was pointed at. */
export interface Picked {
  /** Of the {@link MapLayer}. */
  readonly layer: string;
  /** The feature's property `id`. */
  readonly id: string;
}
