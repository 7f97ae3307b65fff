/** What a snippet is about. */
export interface SnippetSubject {
  /** The server, without a slash at the end. */
  readonly serverUrl: string;
  readonly id: string;
  readonly title: string;
  readonly isVirtual: boolean;
  /** Whether it has a place on the map, and so tiles. */
  readonly isPlaced: boolean;
  /** Whether a credential is needed to read it. */
  readonly isPublic: boolean;
  /** A link's right to read the pixels, for programs that send no header; null without one. */
  readonly link: { readonly sig: string; readonly exp: number } | null;
  /** Parameters of rendering, as the tiles take them. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Snippet {
  readonly name: string;
  /** Where to put it. */
  readonly hint: string;
  readonly text: string;
}

/** The variable of the environment that snippets read a token from. */
export const TOKEN_VARIABLE = 'INLAY_TOKEN';

/** Ways to use a dataset in other programs. Each works as it is, with a token in `INLAY_TOKEN` where the dataset is not public. */
export function snippetsFor(subject: SnippetSubject): readonly Snippet[] {
  return subject.isPlaced ? [...mapSnippets(subject), ...fileSnippets(subject)] : fileSnippets(subject);
}

/** For programs that show tiles: what cannot send a header carries a signature. */
function mapSnippets({ serverUrl, id, isPublic, link, parameters }: SnippetSubject): readonly Snippet[] {
  if (!isPublic && link === null) return [];
  const search = new URLSearchParams(parameters);
  if (!isPublic && link !== null) {
    search.set('sig', link.sig);
    search.set('exp', String(link.exp));
  }
  const query = search.size === 0 ? '' : `?${search}`;
  const base = `${serverUrl}/api/datasets/${id}`;
  return [
    {
      name: 'QGIS, XYZ tiles',
      hint: 'Browser panel, XYZ Tiles, New Connection, URL.',
      text: `${base}/tiles/{z}/{x}/{y}.png${query}`,
    },
    {
      name: 'QGIS, WMTS',
      hint: 'Browser panel, WMS/WMTS, New Connection, URL. GDAL takes it with WMTS: in front.',
      text: `${base}/WMTSCapabilities.xml${query}`,
    },
    {
      name: 'MapLibre',
      hint: 'Once the map has loaded its style.',
      text:
        `map.addSource('inlay', { type: 'raster', url: '${base}/tilejson.json${query}', tileSize: 256 });\n` +
        `map.addLayer({ id: 'inlay', type: 'raster', source: 'inlay' });`,
    },
  ];
}

/** For programs that read the file itself. */
function fileSnippets({ serverUrl, id, title, isVirtual, isPublic }: SnippetSubject): readonly Snippet[] {
  const url = `${serverUrl}/api/datasets/${id}/download/${isVirtual ? 'vrt' : 'cog'}`;
  const bearer = `Authorization: Bearer $${TOKEN_VARIABLE}`;
  const python = `"/vsicurl/${url}"`;
  return [
    {
      name: 'GDAL',
      hint: 'Reads it in place, in a shell.',
      text: `${isPublic ? '' : `GDAL_HTTP_HEADERS="${bearer}" \\\n  `}gdalinfo "/vsicurl/${url}"`,
    },
    {
      name: 'rasterio',
      hint: 'Python; reads it in place.',
      text: isPublic
        ? `import rasterio\n\nwith rasterio.open(${python}) as raster:\n    print(raster.profile)`
        : 'import os\nimport rasterio\n\n' +
          `token = os.environ["${TOKEN_VARIABLE}"]\n` +
          'with rasterio.Env(GDAL_HTTP_HEADERS=f"Authorization: Bearer {token}"):\n' +
          `    with rasterio.open(${python}) as raster:\n        print(raster.profile)`,
    },
    {
      name: 'curl',
      hint: 'Downloads it, in a shell.',
      text: `curl --fail --location ${isPublic ? '' : `--header "${bearer}" \\\n  `}--output "${fileName(title)}.${isVirtual ? 'vrt' : 'tif'}" \\\n  "${url}"`,
    },
  ];
}

/** A title as a file name that no shell makes anything else of. */
function fileName(title: string): string {
  const name = title.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^[-.]+|-+$/g, '');
  return name === '' ? 'raster' : name.slice(0, 80);
}
