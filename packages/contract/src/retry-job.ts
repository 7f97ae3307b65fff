import { type Static, Type } from 'typebox';
import { CommitUpload, RasterOverrides } from './ingest.ts';
import { Summary, Title, Visibility } from './scalars.ts';
import { request } from './schema.ts';
import { ResolutionStrategy } from './virtual-raster.ts';
import { VrtOptions } from './vrt-options.ts';

const { datetime, cloud_cover: cloudCover } = CommitUpload.properties;

/** What is to be other than it was when a job is tried again. */
export const RetryJob = request(
  {
    title: Type.Optional(Title),
    summary: Type.Optional(Summary),
    visibility: Type.Optional(Visibility),
    datetime,
    cloud_cover: cloudCover,
    ...RasterOverrides,
    resolution_strategy: Type.Optional(ResolutionStrategy),
    options: Type.Optional(VrtOptions),
  },
  {
    title: 'RetryJob',
    description:
      'What is left out stays as it was. Uploads have a title, a summary, a visibility, a time, a cloud cover and the two ' +
      'overrides; replacements have the overrides; new virtual rasters a title, a summary, a visibility, a resolution ' +
      'strategy and options, which replace all options; changes of virtual rasters a resolution strategy and options. ' +
      'Other jobs are tried again as they were.',
  },
);
export type RetryJob = Static<typeof RetryJob>;
