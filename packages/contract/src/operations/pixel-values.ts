import { DatasetParams } from '../dataset.ts';
import { operation } from '../operation.ts';
import {
  HistogramQuery,
  Histograms,
  Legend,
  LegendQuery,
  Point,
  PointParams,
  PointQuery,
  Points,
  PointsBody,
  Statistics,
  StatisticsQuery,
} from '../pixel-values.ts';
import { pixelProblems, unplaced } from './pixel-answers.ts';

const tags = ['Pixel values'];
const open = { tags, access: 'anonymous' } as const;

export const pointValue = operation({
  ...open,
  id: 'pointValue',
  method: 'GET',
  path: '/api/datasets/{id}/point/{lon},{lat}',
  summary: 'Values at a point',
  description: 'The values of the pixel that a point lies in, at full resolution, and which raster they come from.',
  params: PointParams,
  query: PointQuery,
  responses: { 200: { description: 'The values.', schema: Point } },
  problems: { ...pixelProblems, ...unplaced },
});

export const pointValues = operation({
  ...open,
  id: 'pointValues',
  method: 'POST',
  isRead: true,
  path: '/api/datasets/{id}/point',
  summary: 'Values at several points',
  description: 'The same for several points at once.',
  params: DatasetParams,
  query: PointQuery,
  body: { mediaType: 'application/json', schema: PointsBody, example: { points: [[11.5, 48.1]] } },
  responses: { 200: { description: 'The values, in the order of the points.', schema: Points } },
  problems: { ...pixelProblems, ...unplaced },
});

export const statistics = operation({
  ...open,
  id: 'statistics',
  method: 'GET',
  path: '/api/datasets/{id}/statistics',
  summary: 'Statistics of the bands',
  description: 'From every pixel of small rasters, from an overview of large ones; the answer says which.',
  params: DatasetParams,
  query: StatisticsQuery,
  responses: { 200: { description: 'The statistics.', schema: Statistics } },
  problems: pixelProblems,
});

export const histogram = operation({
  ...open,
  id: 'histogram',
  method: 'GET',
  path: '/api/datasets/{id}/histogram',
  summary: 'Histograms of the bands',
  description: 'How often which values occur, from the same pixels as the statistics.',
  params: DatasetParams,
  query: HistogramQuery,
  responses: { 200: { description: 'The histograms.', schema: Histograms } },
  problems: pixelProblems,
});

export const legend = operation({
  ...open,
  id: 'legend',
  method: 'GET',
  path: '/api/datasets/{id}/legend',
  summary: 'What the colours mean',
  description: 'The legend of tiles and pictures with the same parameters.',
  params: DatasetParams,
  query: LegendQuery,
  responses: { 200: { description: 'The legend.', schema: Legend } },
  problems: pixelProblems,
});
