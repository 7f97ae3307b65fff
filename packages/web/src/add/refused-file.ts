import { formatBytes } from '../format.ts';

/** What stands beside rasters and says more about them; a file that is uploaded is read by itself. */
const SIDECAR = /\.(tfw|tifw|tiffw|wld|pgw|jgw|prj|ovr|msk|aux\.xml)$/i;

/** Why a file need not be sent to be refused; null for one that the server is to look at. */
export function refusedFile({ name, size }: Pick<File, 'name' | 'size'>, maxBytes: number | null): string | null {
  if (size === 0) return 'The file is empty.';
  if (SIDECAR.test(name)) {
    return 'It says something about another file, and each file is uploaded by itself. To have it used, register the folder in place, or put what it says into the raster (gdal_translate).';
  }
  if (/\.vrt$/i.test(name)) {
    return 'A VRT names other files, which are not here. Add those, and build a virtual raster of them.';
  }
  if (maxBytes !== null && size > maxBytes) {
    return `The server takes files of up to ${formatBytes(maxBytes)}. Register it in place instead.`;
  }
  return null;
}
