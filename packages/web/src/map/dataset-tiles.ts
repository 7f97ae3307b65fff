import { serverPath } from '../base.ts';

/** Template of a dataset's tiles, as fine as the screen; `parameters` are those of the server's tiles: `bidx`, `rescale`, ... */
export function tileTemplate(
  id: string,
  {
    format = 'webp',
    parameters = {},
  }: { readonly format?: 'webp' | 'png'; readonly parameters?: Readonly<Record<string, string>> } = {},
): string {
  const fine = devicePixelRatio > 1 ? '@2x' : '';
  const search = new URLSearchParams(parameters).toString();
  const path = serverPath(`/api/datasets/${id}/tiles`);
  return `${location.origin}${path}/{z}/{x}/{y}${fine}.${format}${search === '' ? '' : `?${search}`}`;
}

/** Address of a dataset's thumbnail, `size` CSS pixels at its longer side. */
export function thumbnailUrl(id: string, size: number): string {
  return serverPath(`/api/datasets/${id}/quicklook?size=${Math.round(size * Math.min(2, devicePixelRatio))}`);
}
