/** What a snippet is about. */
export interface SnippetSubject {
  /** The server, without a slash at the end. */
  readonly serverUrl: string;
  readonly id: string;
  readonly title: string;
  readonly isVirtual: boolean;
  /** Whether it has a place on the map, and so tiles. */
  readonly isPlaced: boolean;
  /** By what its files are read; null where they are not. */
  readonly files: 'public' | 'token' | 'link' | null;
  /** By what its tiles are read: programs that show them send no header, and so no token. Null where they are not. */
  readonly tiles: 'public' | 'link' | null;
  /** A link's right to read it; null without one. */
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

/** Ways to use a dataset in other programs. Each works as it is, with a token in `INLAY_TOKEN` where `files` says so. */
export function snippetsFor(subject: SnippetSubject): readonly Snippet[] {
  return subject.isPlaced ? [...mapSnippets(subject), ...fileSnippets(subject)] : fileSnippets(subject);
}

/** For programs that show tiles: what cannot send a header carries a signature. */
function mapSnippets({ serverUrl, id, tiles, link, parameters }: SnippetSubject): readonly Snippet[] {
  if (tiles === null) return [];
  const search = new URLSearchParams({ ...parameters, ...(tiles === 'link' ? linkTexts(link) : {}) });
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
function fileSnippets({ serverUrl, id, title, isVirtual, files, link }: SnippetSubject): readonly Snippet[] {
  if (files === null) return [];
  const query = files === 'link' && link !== null ? `?${new URLSearchParams(linkTexts(link))}` : '';
  const url = `${serverUrl}/api/datasets/${id}/download/${isVirtual ? 'vrt' : 'cog'}${query}`;
  const hasToken = files === 'token';
  const bearer = `Authorization: Bearer $${TOKEN_VARIABLE}`;
  const python = `"/vsicurl/${url}"`;
  const readToken = `token = os.environ["${TOKEN_VARIABLE}"]\n`;
  return [
    {
      name: 'GDAL',
      hint: 'Reads it in place, in a shell.',
      text: `${hasToken ? `GDAL_HTTP_HEADERS="${bearer}" \\\n  ` : ''}gdalinfo "/vsicurl/${url}"`,
    },
    {
      name: 'rasterio',
      hint: 'Python; reads it in place.',
      text: hasToken
        ? 'import os\nimport rasterio\n\n' +
          readToken +
          'with rasterio.Env(GDAL_HTTP_HEADERS=f"Authorization: Bearer {token}"):\n' +
          `    with rasterio.open(${python}) as raster:\n        print(raster.profile)`
        : `import rasterio\n\nwith rasterio.open(${python}) as raster:\n    print(raster.profile)`,
    },
    {
      name: 'GDAL in Python',
      hint: 'GDAL’s own bindings; read it in place.',
      text:
        (hasToken ? 'import os\n' : '') +
        'from osgeo import gdal\n\ngdal.UseExceptions()\n' +
        (hasToken ? `${readToken}gdal.SetConfigOption("GDAL_HTTP_HEADERS", f"Authorization: Bearer {token}")\n` : '') +
        `raster = gdal.Open(${python})\n` +
        'print(raster.RasterXSize, raster.RasterYSize, raster.RasterCount)',
    },
    {
      name: 'curl',
      hint: 'Downloads it, in a shell.',
      text: `curl --fail --location ${hasToken ? `--header "${bearer}" \\\n  ` : ''}--output "${fileName(title)}.${isVirtual ? 'vrt' : 'tif'}" \\\n  "${url}"`,
    },
  ];
}

function linkTexts(link: SnippetSubject['link']): Record<string, string> {
  return link === null ? {} : { sig: link.sig, exp: String(link.exp) };
}

/** A title as a file name that no shell makes anything else of. */
function fileName(title: string): string {
  const name = title.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^[-.]+|-+$/g, '');
  return name === '' ? 'raster' : name.slice(0, 80);
}
