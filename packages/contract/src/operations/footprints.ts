import { FootprintList, FootprintListQuery } from '../footprint.ts';
import { operation } from '../operation.ts';

export const listFootprints = operation({
  id: 'listFootprints',
  method: 'GET',
  path: '/api/datasets/footprints',
  summary: 'List footprints',
  description:
    'Where the datasets lie that the caller may see, newest first, for maps of many: the same filters as the list of ' +
    'datasets, and little else of each. Those without a place on the map are left out, also of `total`.',
  tags: ['Datasets'],
  access: 'anonymous',
  query: FootprintListQuery,
  responses: { 200: { description: 'One page of footprints.', schema: FootprintList } },
});
