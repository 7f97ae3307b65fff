import { type Static, Type } from 'typebox';
import { RasterOverrides } from './ingest.ts';
import { pageAnswer, pageQuery } from './paging.ts';
import { timestamp, uuidOf } from './scalars.ts';
import { answer, nullable, request } from './schema.ts';

/** The fields beside the file that takes a raster's place. */
export const ReplaceFields = request(RasterOverrides);
export type ReplaceFields = Static<typeof ReplaceFields>;

/** The whole form. */
export const ReplaceForm = request(
  {
    ...RasterOverrides,
    file: Type.Unsafe<unknown>({
      type: 'string',
      contentMediaType: 'application/octet-stream',
      description: 'The new file, as for an upload. The last part of the form: fields after it are refused.',
    }),
  },
  { title: 'ReplaceForm' },
);

export const RasterVersionsQuery = request(pageQuery);

export const RasterVersionParams = request({
  id: uuidOf('The dataset.'),
  version: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'The first version is 1.' }),
});

/** What a raster was, and what it is. */
export const RasterVersionList = answer(
  {
    versions: Type.Array(
      answer(
        {
          version: Type.Integer({ minimum: 1 }),
          since: timestamp('When it became what the dataset shows.'),
          replaced_at: nullable(timestamp('Time.'), 'When another version took its place; null for the newest one.'),
          width: Type.Integer({ description: 'Columns.' }),
          height: Type.Integer({ description: 'Rows.' }),
          size_bytes: Type.Integer(),
          checksum: nullable(Type.String(), '`sha256:` and hexadecimal digits; null where not known.'),
          download_url: nullable(
            Type.String(),
            'Where this version is downloaded; null where its bytes are gone, as they are of a registered file that was ' +
              'written over.',
          ),
        },
        { title: 'RasterVersion' },
      ),
      {
        description:
          'Newest first. A former version is known as long as a build that is kept was made of it, and for a day.',
      },
    ),
    ...pageAnswer,
  },
  { title: 'RasterVersionList' },
);
export type RasterVersionList = Static<typeof RasterVersionList>;
