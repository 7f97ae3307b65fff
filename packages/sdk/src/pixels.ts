import {
  type BodyOf,
  type Histograms,
  type Legend,
  type ParamsOf,
  type Point,
  type Points,
  type QueryOf,
  type Routes,
  routes,
  type Statistics,
  type TileJson,
  type TileToken,
} from '@inlay/contract';
import { call, type CallOptions, type Endpoint, request } from './request.ts';

type Query<Id extends keyof Routes> = QueryOf<Routes[Id]>;

/** What can be done with the pixels of a dataset. Pictures are null where the dataset is not. */
export interface PixelCalls {
  /** What map libraries need to show the dataset; parameters of rendering are handed on to the tiles. */
  tileJson(id: string, query?: Query<'tileJson'>, options?: CallOptions): Promise<TileJson>;
  /** A tile template that carries the caller's right to see the dataset, for clients that cannot send a header. */
  tileToken(id: string, query?: Query<'tileToken'>, options?: CallOptions): Promise<TileToken>;
  tile(params: ParamsOf<Routes['getTile']>, query?: Query<'getTile'>, options?: CallOptions): Promise<Blob | null>;
  /** The whole dataset as a picture. */
  preview(id: string, query?: Query<'preview'>, options?: CallOptions): Promise<Blob | null>;
  bboxPicture(
    params: ParamsOf<Routes['bboxPicture']>,
    query?: Query<'bboxPicture'>,
    options?: CallOptions,
  ): Promise<Blob | null>;
  featurePicture(
    id: string,
    shape: BodyOf<Routes['featurePicture']>,
    query?: Query<'featurePicture'>,
    options?: CallOptions,
  ): Promise<Blob | null>;
  /** Values at a longitude and latitude. */
  pointValue(
    params: ParamsOf<Routes['pointValue']>,
    query?: Query<'pointValue'>,
    options?: CallOptions,
  ): Promise<Point>;
  pointValues(
    id: string,
    points: readonly (readonly [lon: number, lat: number])[],
    query?: Query<'pointValues'>,
    options?: CallOptions,
  ): Promise<Points>;
  statistics(id: string, query?: Query<'statistics'>, options?: CallOptions): Promise<Statistics>;
  histogram(id: string, query?: Query<'histogram'>, options?: CallOptions): Promise<Histograms>;
  /** What the colours of tiles and pictures with the same parameters mean. */
  legend(id: string, query?: Query<'legend'>, options?: CallOptions): Promise<Legend>;
}

export function pixelCalls(endpoint: Endpoint): PixelCalls {
  const picture = async (answer: Promise<Response>): Promise<Blob | null> => {
    const response = await answer;
    return response.status === 204 ? null : await response.blob();
  };
  return {
    tileJson: (id, query, options) => call(endpoint, routes.tileJson, { params: { id }, query, ...options }),
    tileToken: (id, query, options) => call(endpoint, routes.tileToken, { params: { id }, query, ...options }),
    tile: (params, query, options) => picture(request(endpoint, routes.getTile, { params, query, ...options })),
    preview: (id, query, options) => picture(request(endpoint, routes.preview, { params: { id }, query, ...options })),
    bboxPicture: (params, query, options) =>
      picture(request(endpoint, routes.bboxPicture, { params, query, ...options })),
    featurePicture: (id, body, query, options) =>
      picture(request(endpoint, routes.featurePicture, { params: { id }, body, query, ...options })),
    pointValue: (params, query, options) => call(endpoint, routes.pointValue, { params, query, ...options }),
    pointValues: (id, points, query, options) =>
      call(endpoint, routes.pointValues, {
        params: { id },
        body: { points: points.map(([x, y]): [number, number] => [x, y]) },
        query,
        ...options,
      }),
    statistics: (id, query, options) => call(endpoint, routes.statistics, { params: { id }, query, ...options }),
    histogram: (id, query, options) => call(endpoint, routes.histogram, { params: { id }, query, ...options }),
    legend: (id, query, options) => call(endpoint, routes.legend, { params: { id }, query, ...options }),
  };
}
