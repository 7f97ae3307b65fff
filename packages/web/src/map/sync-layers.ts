import type { GeoJSONSource, LayerSpecification, Map as MapLibreMap, RasterTileSource } from 'maplibre-gl';
import type { LayerStyle, MapLayer } from './map-layer.ts';
import type { StatePainter } from './state-painter.ts';
import type { Turns } from './turns.ts';

/** Styles are plain data here; MapLibre checks names and values of properties when they are set. */
type SetProperty = (layerId: string, name: string, value: unknown) => void;

const NO_STATES: NonNullable<MapLayer['states']> = new Map();

/** What is done over several frames: states of features, and data of sources, by their layers' ids. */
export interface Painters {
  readonly states: StatePainter;
  readonly data: Turns;
}

/** Makes the map show `next` where it showed `shown`, both from the bottom up, touching only what differs. */
export function syncLayers(
  map: MapLibreMap,
  { states, data }: Painters,
  shown: readonly MapLayer[],
  next: readonly MapLayer[],
): void {
  const remove = (layer: MapLayer): void => {
    removeLayer(map, layer);
    states.forget(layer.id);
    data.drop(layer.id);
  };
  const before = new Map(shown.map((layer) => [layer.id, layer]));
  const wanted = new Set(next.map(({ id }) => id));
  for (const layer of shown) if (!wanted.has(layer.id)) remove(layer);
  for (const layer of next) {
    const former = before.get(layer.id);
    if (former === undefined) add(map, layer);
    else if (!canBecome(former, layer)) {
      remove(former);
      add(map, layer);
    } else change(map, data, former, layer);
    if (layer.states !== undefined || former?.states !== undefined) states.want(layer.id, layer.states ?? NO_STATES);
  }
  arrange(map, next);
}

function add(map: MapLibreMap, layer: MapLayer): void {
  addImages(map, layer);
  map.addSource(layer.id, layer.source);
  layer.styles.forEach((style, index) => map.addLayer(specification(layer, style, index)));
}

function addImages(map: MapLibreMap, { images }: MapLayer): void {
  for (const [name, { data, pixelRatio }] of images ?? []) {
    if (!map.hasImage(name)) map.addImage(name, data, { pixelRatio });
  }
}

function removeLayer(map: MapLibreMap, layer: MapLayer): void {
  layer.styles.forEach((_, index) => map.removeLayer(styleId(layer, index)));
  map.removeSource(layer.id);
}

/** Whether a source can go on being used with other data, and as many styles of the same types. */
function canBecome(former: MapLayer, next: MapLayer): boolean {
  const sameStyles =
    former.styles.length === next.styles.length && former.styles.every(({ type }, i) => type === next.styles[i]?.type);
  return sameStyles && (former.source === next.source || frame(former) === frame(next));
}

/** All of a source but what can be set anew. */
function frame({ source }: MapLayer): string {
  return JSON.stringify({ ...source, data: null, tiles: null });
}

function change(map: MapLibreMap, data: Turns, former: MapLayer, next: MapLayer): void {
  if (former.images !== next.images) addImages(map, next);
  if (former.source !== next.source) {
    if (next.source.type === 'geojson') {
      const { data: features } = next.source;
      data.take(next.id, () => void map.getSource<GeoJSONSource>(next.id)?.setData(features));
    } else if (former.source.type === 'raster' && !isSame(former.source.tiles, next.source.tiles)) {
      map.getSource<RasterTileSource>(next.id)?.setTiles([...(next.source.tiles ?? [])]);
    }
  }
  const setPaint = map.setPaintProperty.bind(map) as SetProperty;
  const setLayout = map.setLayoutProperty.bind(map) as SetProperty;
  next.styles.forEach((style, index) => {
    const old = former.styles[index];
    if (old === undefined || old === style) return;
    const id = styleId(next, index);
    for (const name of differing(old.paint, style.paint)) setPaint(id, name, style.paint?.[name]);
    for (const name of differing(old.layout, style.layout)) setLayout(id, name, style.layout?.[name]);
    if (!isSame(old.filter, style.filter)) map.setFilter(id, style.filter ?? null);
  });
}

/** Puts the styles in order; moves none where they are. */
function arrange(map: MapLibreMap, layers: readonly MapLayer[]): void {
  const wanted = layers.flatMap((layer) => layer.styles.map((_, index) => styleId(layer, index)));
  const ours = new Set(wanted);
  const actual = map.getLayersOrder().filter((id) => ours.has(id));
  if (wanted.every((id, index) => id === actual[index])) return;
  for (const id of wanted) map.moveLayer(id);
}

/** The name of one of a layer's styles in the map. */
export function styleId({ id }: Pick<MapLayer, 'id'>, index: number): string {
  return `${id}/${index}`;
}

function specification(layer: MapLayer, style: LayerStyle, index: number): LayerSpecification {
  return { ...style, id: styleId(layer, index), source: layer.id };
}

type Properties = Readonly<Record<string, unknown>>;

function differing(before: Properties = {}, after: Properties = {}): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isSame(before[name], after[name]),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
