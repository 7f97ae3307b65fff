import { join } from 'node:path';
import { displayPath } from '../display-path.ts';
import { formatCount } from '../format.ts';
import { formatTable } from '../table.ts';
import { styled, type Terminal } from '../terminal.ts';
import type { BuiltVrt } from './build-vrts.ts';
import type { DemoFolder } from './demo-folder.ts';

export interface FarewellFacts {
  readonly url: string;
  readonly folder: DemoFolder;
  /** The folder that printed paths start from. */
  readonly workingFolder: string;
  readonly vrts: readonly BuiltVrt[];
  /** Where the server goes on running after this. */
  readonly server: 'here' | 'in another window' | 'nowhere';
}

/** What to read when all is done: what there is, where it is, and what to do with it. */
export function farewell(terminal: Terminal, { url, folder, workingFolder, vrts, server }: FarewellFacts): string {
  const path = (file: string): string => shellWord(displayPath(workingFolder, file));
  const heading = (text: string): string => styled(terminal, 'bold', `  ${text}`);
  const [first] = vrts;
  const hidden = vrts.find(({ vrt }) => vrt.visibility === 'private');
  if (first === undefined || hidden === undefined) return '';

  const token = path(join(folder.data, 'secrets', 'admin-token'));
  const whileItRuns = [
    '',
    heading('The same over HTTP; this one is private, so that GDAL has to send the token'),
    `    GDAL_HTTP_HEADERS="Authorization: Bearer $(cat ${token})" gdalinfo ${path(hidden.httpFile)}`,
    '',
    heading('In a browser'),
    `    catalogue ${url}`,
    `    map       ${url}/datasets/${first.dataset.id}`,
    `    picture   ${url}/api/datasets/${first.dataset.id}/quicklook`,
    `    API       ${url}/api/docs`,
    '',
    heading(server === 'here' ? 'From another window' : 'The server runs in another window'),
    '    npm run inlay -- ls',
    '',
    styled(terminal, 'dim', `  Ctrl-C ${server === 'here' ? '' : 'there '}stops the server.`),
  ];
  return [
    '',
    indent(vrtTable(terminal, vrts, path)),
    '',
    heading('Look at one with GDAL'),
    `    gdalinfo ${path(first.localFile)}`,
    ...(server === 'nowhere' ? [''] : whileItRuns),
    styled(terminal, 'dim', `  ${path(folder.root)} keeps everything; delete it to start over.`),
  ].join('\n');
}

function vrtTable(terminal: Terminal, vrts: readonly BuiltVrt[], path: (file: string) => string): string {
  return formatTable(
    terminal,
    [
      { title: 'Virtual raster' },
      { title: 'Kind' },
      { title: 'Sources', align: 'right' },
      { title: 'Bands', align: 'right' },
      { title: 'Pixels', align: 'right' },
      { title: 'File' },
    ],
    vrts.map(({ vrt, dataset: { raster }, localFile }) => [
      vrt.title,
      vrt.vrt_type.replace('_', ' '),
      formatCount(raster?.source_count ?? 0),
      formatCount(raster?.band_count ?? 0),
      `${formatCount(raster?.width ?? 0)} x ${formatCount(raster?.height ?? 0)}`,
      path(localFile),
    ]),
  );
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

/** The text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
