import { type Static, Type } from 'typebox';
import { answer, nullable } from './schema.ts';

/** What clients may want to know of a server before they ask for anything else. */
export const Settings = answer(
  {
    version: Type.String({ description: 'Version of the server.' }),
    max_upload_bytes: Type.Integer({ description: 'Most bytes of one uploaded file.' }),
    registers_in_place: Type.Boolean({
      description: 'Whether there are roots whose rasters may be registered in place.',
    }),
    basemap: nullable(
      answer({
        url: Type.String({ description: 'Template of its map tiles, with `{z}`, `{x}` and `{y}`.' }),
        attribution: nullable(Type.String(), 'Whom to name on the map; null for nobody.'),
      }),
      'Map tiles to show below datasets; null where there are none.',
    ),
  },
  { title: 'Settings' },
);
export type Settings = Static<typeof Settings>;
