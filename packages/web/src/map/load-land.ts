import type { Feature, Geometry, MultiLineString, Position } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryObject, Topology } from 'topojson-specification';
import coarse from 'world-atlas/countries-110m.json?url';
import middle from 'world-atlas/countries-50m.json?url';
import fine from 'world-atlas/countries-10m.json?url';
import type { Land } from './layers/land.ts';

/** Natural Earth's three scales, by the zoom from which each is worth its bytes (before compression 0.1, 0.7 and 3.6 MB). */
const SCALES = [
  { fromZoom: 0, url: coarse },
  { fromZoom: 2.2, url: middle },
  { fromZoom: 6, url: fine },
] as const;

/** Which scale a zoom calls for: 0, 1 or 2. */
export function landScaleFor(zoom: number): number {
  return SCALES.findLastIndex(({ fromZoom }) => zoom >= fromZoom);
}

/** Reads land, coasts and borders of a scale. @throws where the server does not send the file */
export async function loadLand(scale: number, signal: AbortSignal): Promise<Land> {
  const { url } = SCALES[scale] ?? SCALES[0];
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`The map of the world could not be loaded (${response.status}).`);
  return toLand((await response.json()) as WorldAtlas);
}

type WorldAtlas = Topology<{ countries: CountryCollection; land: GeometryObject }>;
type CountryCollection = Extract<GeometryObject, { type: 'GeometryCollection' }>;

function toLand(atlas: WorldAtlas): Land {
  const land = feature(atlas, atlas.objects.land);
  const features = land.type === 'FeatureCollection' ? land.features : [land];
  const lines = (kind: string, { coordinates }: MultiLineString): Feature => ({
    type: 'Feature',
    properties: { kind },
    geometry: { type: 'MultiLineString', coordinates: coordinates.map(unwrap) },
  });
  return {
    type: 'FeatureCollection',
    features: [
      ...features.map((part): Feature => ({ ...part, properties: { kind: 'land' }, geometry: flat(part.geometry) })),
      lines(
        'border',
        mesh(atlas, atlas.objects.countries, (a, b) => a !== b),
      ),
      lines(
        'coast',
        mesh(atlas, atlas.objects.countries, (a, b) => a === b),
      ),
    ],
  };
}

/** The atlas is drawn on a sphere, without a seam; on a plane, polygons go on past 180 degrees where they cross it. */
function flat(geometry: Geometry): Geometry {
  if (geometry.type === 'Polygon') return { ...geometry, coordinates: geometry.coordinates.map(flatRing) };
  if (geometry.type !== 'MultiPolygon') return geometry;
  return { ...geometry, coordinates: geometry.coordinates.map((polygon) => polygon.map(flatRing)) };
}

/** A ring that goes around the world goes around a pole, the southern one: on a plane it has to go by way of it. */
function flatRing(ring: Position[]): Position[] {
  const line = unwrap(ring);
  const [first = [0, 0], last = [0, 0]] = [line[0], line.at(-1)];
  if (Math.abs(first[0]! - last[0]!) < 180) return line;
  return [...line, [last[0]!, -90], [first[0]!, -90], first];
}

/** The line without leaps: each point less than 180 degrees from the one before, past 180 if need be. */
export function unwrap(line: readonly Position[]): Position[] {
  let turn = 0;
  return line.map(([lon = 0, lat = 0], index) => {
    const step = index === 0 ? 0 : lon - (line[index - 1]?.[0] ?? 0);
    if (Math.abs(step) > 180) turn -= Math.sign(step) * 360;
    return [lon + turn, lat];
  });
}
