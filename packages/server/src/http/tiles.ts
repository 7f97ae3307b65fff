import type { ImageFormat, TileMatrixSetId } from '@inlay/contract';
import { gridOfTile, matrixOfTile, TILE_MATRIX_SETS, WEB_MERCATOR_QUAD } from '@inlay/geo';
import { IMAGE_MEDIA_TYPES, RENDER_PARAMETERS } from '@inlay/tiler';
import type { FastifyRequest } from 'fastify';
import { notFound, ValidationError } from '../error.ts';
import { mapPlace, matrixSetOf, requirePlaced } from '../pixels/map-place.ts';
import { projectedBBox } from '../pixels/picture-grids.ts';
import { loadTitle } from '../pixels/pixel-store.ts';
import { type LinkBearer, linkSearch, signLink } from '../pixels/signed-links.ts';
import { tileJsonOf, zoomsForSize } from '../pixels/tile-json.ts';
import { wmtsCapabilities, type WmtsSet } from '../pixels/wmts-capabilities.ts';
import { LON_LAT } from '../pixels/named-crs.ts';
import { ANSWERED, type Call, type Handlers, showingPixels } from './bind.ts';
import { baseUrlOf } from './caching.ts';
import { faultOf, openCall, type PixelsDeps, renderOptionsOf } from './pixel-calls.ts';
import { sendPicture } from './send-picture.ts';

type TileHandlers = Pick<
  Handlers,
  'getTile' | 'getTileScaled' | 'getMatrixTile' | 'getMatrixTileScaled' | 'tileJson' | 'wmtsCapabilities' | 'tileToken'
>;

type TileCall = Pick<Call<never>, 'actor' | 'request' | 'reply' | 'signal'> & {
  readonly params: {
    readonly id: string;
    readonly z: number;
    readonly x: number;
    readonly y: number;
    readonly format: ImageFormat;
    readonly scale?: number;
    readonly tile_matrix_set?: TileMatrixSetId;
  };
  readonly query: Parameters<Handlers['getTile']>[0]['query'];
};

export function tileHandlers(deps: PixelsDeps): TileHandlers {
  async function sendTile(call: TileCall): Promise<typeof ANSWERED> {
    const { params, query } = call;
    const { row, source } = await openCall(deps, call);
    const options = renderOptionsOf(query);
    const placed = requirePlaced(source);
    const set = matrixSetOf(placed, params.tile_matrix_set ?? 'WebMercatorQuad');
    const { z, x, y } = params;
    const matrix = set.matrices[z];
    if (matrixOfTile(set, { z, x, y }) === null) {
      throw new ValidationError([
        matrix === undefined
          ? faultOf(['path', 'z'], `${set.id} has the zooms 0 to ${set.matrices.length - 1}`, z)
          : x >= matrix.matrixWidth
            ? faultOf(['path', 'x'], `zoom ${z} of ${set.id} has the columns 0 to ${matrix.matrixWidth - 1}`, x)
            : faultOf(['path', 'y'], `zoom ${z} of ${set.id} has the rows 0 to ${matrix.matrixHeight - 1}`, y),
      ]);
    }
    const size = query.tile_size * (params.scale ?? 1);
    return await sendPicture(deps, call, {
      row,
      source,
      options,
      picture: { crs: set.crs, grid: gridOfTile(set, { z, x, y }, { size, buffer: query.buffer }) },
      format: params.format,
      empty: query.empty,
      version: query.v,
    });
  }

  /** What the URLs of a dataset's tiles begin with. */
  const tilesUrl = (request: FastifyRequest, id: string): string =>
    `${baseUrlOf(request, deps.publicUrl)}/api/datasets/${id.toLowerCase()}/tiles`;

  return {
    getTile: showingPixels(sendTile),
    getTileScaled: showingPixels(sendTile),
    getMatrixTile: showingPixels(sendTile),
    getMatrixTileScaled: showingPixels(sendTile),

    tileJson: async (call) => {
      const { query, request } = call;
      const { row, source } = await openCall(deps, call);
      renderOptionsOf(query);
      const placed = requirePlaced(source);
      const set = matrixSetOf(placed, query.tile_matrix_set);
      const inSet = set === WEB_MERCATOR_QUAD ? '' : `/${query.tile_matrix_set}`;
      const size = query.tile_size === 256 ? {} : { tile_size: query.tile_size };
      const search = searchOf({ ...handedOn(query), ...size, v: source.key });
      const named = await titleOf(deps, row.id);
      call.reply.header('cache-control', 'private, no-cache');
      return tileJsonOf(placed, mapPlace(placed, set), {
        ...named,
        template: `${tilesUrl(request, row.id)}${inSet}/{z}/{x}/{y}.${query.format}${search}`,
        tileSize: query.tile_size,
        format: query.format,
      });
    },

    wmtsCapabilities: async (call) => {
      const { query, request, reply } = call;
      const { row, source } = await openCall(deps, call);
      renderOptionsOf(query);
      const placed = requirePlaced(source);
      const { bounds } = mapPlace(placed, WEB_MERCATOR_QUAD);
      const sets = [...TILE_MATRIX_SETS.values()].flatMap((set): WmtsSet[] => {
        const bbox = projectedBBox(withinMercator(bounds), LON_LAT, set.crs);
        return bbox === null ? [] : [{ set, bbox, maxZoom: mapPlace(placed, set).maxZoom }];
      });
      // A tile at the edge of its limits may hold nothing: WMTS clients want a picture all the same.
      const search = searchOf({ ...handedOn(query), empty: 'image', v: source.key });
      const base = tilesUrl(request, row.id);
      const document = wmtsCapabilities({
        id: row.id,
        ...(await titleOf(deps, row.id)),
        bounds,
        capabilitiesUrl: `${baseUrlOf(request, deps.publicUrl)}${request.url}`,
        sets,
        formats: (['png', 'jpg', 'webp'] as const).map((format) => ({
          mediaType: IMAGE_MEDIA_TYPES[format],
          template: (setId) => `${base}/${setId}/{TileMatrix}/{TileCol}/{TileRow}.${format}${search}`,
        })),
      });
      reply.header('cache-control', 'private, no-cache').type('application/xml; charset=utf-8').send(document);
      return ANSWERED;
    },

    tileToken: async (call) => {
      const { actor, params, query, request } = call;
      const { row, source } = await openCall(deps, { actor, params, query: {} });
      const placed = requirePlaced(source);
      const place = mapPlace(placed, WEB_MERCATOR_QUAD);
      const exp = Math.floor(Date.now() / 1000) + query.expires_in;
      const bearer: LinkBearer = actor === null ? { kind: 'anonymous' } : { kind: 'user', id: actor.userId };
      const right = query.downloads ? 'files' : 'pixels';
      const link = signLink(deps.linkSecret, { datasetId: row.id, bearer, right }, exp);
      const { sig } = link;
      const search = searchOf({ sig, exp, v: source.key });
      return {
        kind: 'raster' as const,
        tile_url: `${tilesUrl(request, params.id)}/{z}/{x}/{y}.png${search}`,
        download_url: query.downloads
          ? `${baseUrlOf(request, deps.publicUrl)}/api/datasets/${row.id}/download/` +
            `${row.record_type === 'vrt_dataset' ? 'vrt' : 'cog'}${linkSearch(link)}`
          : null,
        sig,
        exp,
        expires_in: query.expires_in,
        bounds: [...place.bounds] as [number, number, number, number],
        ...zoomsForSize(place, 256),
        tile_size: 256,
        format: 'png' as const,
      };
    },
  };
}

async function titleOf({ db }: PixelsDeps, id: string): Promise<{ title: string; summary: string | null }> {
  const named = await loadTitle(db, id);
  if (named === undefined) throw notFound('dataset');
  return named;
}

type Values = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Parameters that a document hands on to the tiles it leads to: how they are shown, and the right to see them. */
function handedOn(query: object): Values {
  const values = query as Values;
  return Object.fromEntries([...RENDER_PARAMETERS, 'sig', 'exp'].map((name) => [name, values[name]]));
}

/** The query of a URL, with its question mark; empty where nothing is given. */
function searchOf(values: Values): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const text of typeof value === 'object' ? value : [String(value)]) search.append(name, text);
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}

/** Web Mercator's square ends at this latitude, in degrees: its map is as high as it is wide. */
const MERCATOR_LATITUDE = 85.051_128_779_806_6;

function withinMercator([west, south, east, north]: readonly [number, number, number, number]) {
  const clamp = (latitude: number): number => Math.max(-MERCATOR_LATITUDE, Math.min(MERCATOR_LATITUDE, latitude));
  return [west, clamp(south), east, clamp(north)] as const;
}
