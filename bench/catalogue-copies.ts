import { join } from 'node:path';
import pg from 'pg';
import type { BenchServer } from './server.ts';
import { COG_ORIGIN, COG_RESOLUTION } from './noisy-cogs.ts';
import { tileName, tileOrigin } from './tiles.ts';

/** A raster that is in the catalogue, once more at another place: its top-left corner there. */
export interface Copy {
  /** Of the raster that is copied. */
  readonly title: string;
  readonly x: number;
  readonly y: number;
}

const CHUNK = 5000;

/**
 * Copies rows of the catalogue by SQL: many rasters, whose bytes are those of a few files.
 * @returns their ids, in order
 */
export async function catalogueCopies(server: BenchServer, copies: readonly Copy[]): Promise<string[]> {
  const client = new pg.Client(
    server.databaseUrl ?? { host: join(server.dataDir, 'run'), port: 5432, user: 'postgres', database: 'postgres' },
  );
  await client.connect();
  try {
    const columnsOf = async (table: string, without: readonly string[]): Promise<string[]> => {
      const { rows } = await client.query<{ name: string }>(
        `SELECT quote_ident(column_name) AS name FROM information_schema.columns
         WHERE table_name = $1 AND column_name <> ALL ($2) ORDER BY ordinal_position`,
        [table, without],
      );
      return rows.map(({ name }) => name);
    };
    const datasets = await columnsOf('datasets', ['id', 'title']);
    const rasters = await columnsOf('rasters', ['dataset_id', 'affine']);
    const qualified = (columns: readonly string[]): string => columns.map((column) => `original.${column}`).join();
    const ids: string[] = [];
    for (let first = 0; first < copies.length; first += CHUNK) {
      const some = copies.slice(first, first + CHUNK);
      const { rows } = await client.query<{ id: string }>(
        `WITH places AS MATERIALIZED (
           SELECT gen_random_uuid() AS id, title, x, y, n
           FROM unnest($1::text[], $2::float8[], $3::float8[]) WITH ORDINALITY AS p(title, x, y, n)
         ), copied AS (
           INSERT INTO datasets (id, title, ${datasets.join()})
           SELECT places.id, 'copy ' || lpad(($4 + n)::text, 8, '0'), ${qualified(datasets)}
           FROM places JOIN datasets AS original USING (title)
         ), facts AS (
           INSERT INTO rasters (dataset_id, affine, ${rasters.join()})
           SELECT places.id, ARRAY[original.affine[1], 0, places.x, 0, original.affine[5], places.y],
             ${qualified(rasters)}
           FROM places JOIN datasets ON datasets.title = places.title
             JOIN rasters AS original ON original.dataset_id = datasets.id
         )
         SELECT id FROM places ORDER BY n`,
        [some.map(({ title }) => title), some.map(({ x }) => x), some.map(({ y }) => y), first],
      );
      ids.push(...rows.map(({ id }) => id));
    }
    return ids;
  } finally {
    await client.end();
  }
}

/**
 * A square of rasters in the catalogue, each at a place of its own, all with the bytes of one tile.
 * @param tile path of the first of the tiles that `writeTiles` writes, not catalogued yet
 * @returns their ids, row by row
 */
export async function catalogueSquare(server: BenchServer, tile: string, count: number): Promise<string[]> {
  const body = JSON.stringify({ hrefs: [tile], visibility: 'internal' });
  const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/register-rasters', body);
  await server.waitForJob(job_id);
  await server.waitUntilIdle();
  return await catalogueCopies(
    server,
    Array.from({ length: count }, (_, index) => {
      const [x, y] = tileOrigin(index, count);
      return { title: tileName(0), x, y };
    }),
  );
}

/** Asks for a mosaic of rasters. @returns its job, which has only been accepted */
export async function requestMosaic(
  server: BenchServer,
  ids: readonly string[],
  options: { readonly title: string; readonly overviews?: 'auto' | 'none' },
): Promise<string> {
  const body = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', ...options };
  const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/vrt/create', JSON.stringify(body));
  return job_id;
}

/** A square of rasters, as `writeCogSquare` writes it. */
export interface CogSquare {
  /** Rasters along a side. */
  readonly across: number;
  /** Pixels along a side of each. */
  readonly side: number;
}

/** A larger square of copies of catalogued ones, whose middle is where these are. @returns their ids, row by row */
export async function copiesAround(server: BenchServer, files: CogSquare, across: number): Promise<string[]> {
  const before = Math.floor((across - files.across) / 2);
  return await catalogueCopies(
    server,
    Array.from({ length: across * across }, (_, index) => {
      const [col, row] = [(index % across) - before, Math.floor(index / across) - before];
      const wrap = (place: number): number => ((place % files.across) + files.across) % files.across;
      return {
        title: `cog-${String(wrap(row) * files.across + wrap(col)).padStart(3, '0')}.tif`,
        x: COG_ORIGIN.x + col * files.side * COG_RESOLUTION,
        y: COG_ORIGIN.y - row * files.side * COG_RESOLUTION,
      };
    }),
  );
}
