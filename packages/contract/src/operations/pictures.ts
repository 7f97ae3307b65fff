import { DatasetParams } from '../dataset.ts';
import { operation } from '../operation.ts';
import { BboxParams, BboxQuery, FeatureBody, FeatureQuery, PreviewQuery } from '../picture.ts';
import { pictureAnswers, pictureHeaders, pixelProblems, unplaced } from './pixel-answers.ts';

const tags = ['Pictures'];

export const preview = operation({
  id: 'preview',
  method: 'GET',
  path: '/api/datasets/{id}/preview',
  summary: 'The whole dataset as a picture',
  description: 'The whole dataset, reduced; drawn for the parameters given, where `/quicklook` is drawn beforehand.',
  tags,
  access: 'anonymous',
  params: DatasetParams,
  query: PreviewQuery,
  requestHeaders: pictureHeaders,
  responses: pictureAnswers,
  problems: pixelProblems,
});

export const bboxPicture = operation({
  id: 'bboxPicture',
  method: 'GET',
  path: '/api/datasets/{id}/bbox/{minx},{miny},{maxx},{maxy}.{format}',
  summary: 'A box of the dataset as a picture',
  description: 'What lies in a box, at the raster’s own resolution up to `max_size`.',
  tags,
  access: 'anonymous',
  params: BboxParams,
  query: BboxQuery,
  requestHeaders: pictureHeaders,
  responses: { ...pictureAnswers, 204: { description: 'The dataset is not there.' } },
  problems: { ...pixelProblems, ...unplaced },
});

export const featurePicture = operation({
  id: 'featurePicture',
  method: 'POST',
  path: '/api/datasets/{id}/feature',
  summary: 'A shape of the dataset as a picture',
  description: 'What lies in a polygon: the box around it, transparent outside of it.',
  tags,
  access: 'anonymous',
  isRead: true,
  params: DatasetParams,
  query: FeatureQuery,
  body: {
    mediaType: 'application/json',
    schema: FeatureBody,
    example: {
      type: 'Polygon',
      coordinates: [
        [
          [11.5, 48.1],
          [11.7, 48.1],
          [11.6, 48.2],
          [11.5, 48.1],
        ],
      ],
    },
  },
  responses: { 200: pictureAnswers[200], 204: { description: 'The dataset is not there.' } },
  problems: { ...pixelProblems, ...unplaced },
});
