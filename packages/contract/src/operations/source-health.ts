import { DatasetParams } from '../dataset.ts';
import { operation } from '../operation.ts';
import { CheckFilesAnswer } from '../source-health.ts';

export const checkFiles = operation({
  id: 'checkFiles',
  method: 'POST',
  path: '/api/datasets/{id}/check-files',
  summary: 'Have the files behind a dataset looked at',
  description:
    'Has the file of a raster, or those of all sources of a virtual raster, looked at as soon as may be, instead of when ' +
    'their turn comes, which is about once a day. What is found shows in `vrt/status` and in the dataset. For the ' +
    'dataset’s creator and administrators.',
  tags: ['Datasets'],
  access: 'editor',
  params: DatasetParams,
  responses: { 202: { description: 'They are next.', schema: CheckFilesAnswer } },
  problems: { 404: 'There is no such dataset, or the caller may not see it.' },
});
