/** A part of a form: a field, or a file where the value is bytes. */
export type FormPart = readonly [name: string, value: string | Uint8Array<ArrayBuffer>, filename?: string];

/** A form of these parts, in their order. */
export function formOf(...parts: FormPart[]): FormData {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([value]), filename ?? 'raster.tif');
  }
  return data;
}
