import { type Static, Type } from 'typebox';
import { pageQuery } from './paging.ts';
import { answer, request, withKeywords } from './schema.ts';

export const SOURCE_STATUSES = ['healthy', 'missing', 'inaccessible', 'stale'] as const;

export const SourceStatus = Type.Enum(SOURCE_STATUSES, {
  description:
    '`stale`: its pixels changed after this virtual raster was built of them. `missing`: its file is not there any more. ' +
    '`inaccessible`: its file cannot be read now, or the virtual raster’s owner may not see it any more. Files are looked ' +
    'at in the background, about once a day.',
});
export type SourceStatus = Static<typeof SourceStatus>;

const count = Type.Integer({ minimum: 0 });

/** How many sources of a virtual raster are how. */
export const HealthCounts = answer(
  { healthy: count, stale: count, missing: count, inaccessible: count },
  { title: 'HealthCounts' },
);
export type HealthCounts = Static<typeof HealthCounts>;

export const VrtStatusQuery = request({
  ...pageQuery,
  limit: withKeywords(pageQuery.limit, { description: 'Most sources in `source_health`.', default: 1000 }),
});

export const CheckFilesAnswer = answer(
  { files: Type.Integer({ minimum: 0, description: 'How many rasters’ files are looked at next.' }) },
  { title: 'CheckFiles' },
);
export type CheckFilesAnswer = Static<typeof CheckFilesAnswer>;
