import {
  type BBox,
  bboxOfTile,
  type PointTransform,
  tilesOfBBox,
  transformBetween,
  WEB_MERCATOR_QUAD,
} from '@inlay/geo';
import { crsFromEpsg } from '@inlay/geotiff';
import { randomNumbers } from './measure.ts';
import { COG_ORIGIN, COG_RESOLUTION } from './noisy-cogs.ts';
import type { TileAddress } from './tile-client.ts';

/** Finds tiles of Web Mercator over a square of rasters. */
export interface TilePlaces {
  /** Up to `count` different tiles of a zoom whose middles lie on the square, by chance, the same in every run. */
  choose(z: number, count: number): TileAddress[];
}

/** @param pixels of the square's side; `corner` is its top-left one in metres of EPSG:32633 */
export async function tilePlaces(
  pixels: number,
  corner: { readonly x: number; readonly y: number } = COG_ORIGIN,
): Promise<TilePlaces> {
  const crs = await crsFromEpsg(32633);
  const toMercator = crs && transformBetween(crs, WEB_MERCATOR_QUAD.crs);
  const toMetres = crs && transformBetween(WEB_MERCATOR_QUAD.crs, crs);
  if (toMercator == null || toMetres == null) throw new Error('EPSG:32633 has no place in Web Mercator');
  const side = pixels * COG_RESOLUTION;
  const square: BBox = [corner.x, corner.y - side, corner.x + side, corner.y];
  return {
    choose(z, count) {
      const range = tilesOfBBox(WEB_MERCATOR_QUAD, z, around(square, toMercator));
      const tiles: TileAddress[] = [];
      for (let y = range?.minY ?? 0; y <= (range?.maxY ?? -1); y += 1) {
        for (let x = range!.minX; x <= range!.maxX; x += 1) tiles.push([z, x, y]);
      }
      const random = randomNumbers(1000 + z);
      const inside = tiles.filter(([, x, y]) => {
        const [west, south, east, north] = bboxOfTile(WEB_MERCATOR_QUAD, { z, x, y });
        const middle = toMetres((west + east) / 2, (south + north) / 2);
        return middle !== null && isWithin(square, middle);
      });
      const shuffled = inside.map((tile) => [random(), tile] as const).sort(([a], [b]) => a - b);
      return shuffled.slice(0, count).map(([, tile]) => tile);
    },
  };
}

function isWithin([minX, minY, maxX, maxY]: BBox, [x, y]: readonly [number, number]): boolean {
  return x >= minX && x <= maxX && y >= minY && y <= maxY;
}

/** The box around a square's corners and the middles of its edges: enough to look for tiles in. */
function around([minX, minY, maxX, maxY]: BBox, transform: PointTransform): BBox {
  const points = [minX, (minX + maxX) / 2, maxX].flatMap((x) =>
    [minY, (minY + maxY) / 2, maxY].flatMap((y) => {
      const point = transform(x, y);
      return point === null ? [] : [point];
    }),
  );
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
