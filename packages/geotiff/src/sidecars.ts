import { GeoTiffError } from './error.ts';
import { type OpenTiff, openTiff } from './open-tiff.ts';
import { type PamFacts, parsePam } from './pam.ts';
import type { RasterFiles, SidecarSuffix } from './raster-files.ts';
import type { RasterWarning } from './raster-warning.ts';
import type { FetchOptions, Source } from './source.ts';

/** The largest text sidecar that is read. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;
const UTF8 = new TextDecoder('utf-8');

/** What {@link readPam} and its like need. */
export interface SidecarContext {
  readonly files: RasterFiles;
  readonly options: FetchOptions;
  readonly warnings: RasterWarning[];
}

/** What the `.aux.xml` says; null where there is none. One that cannot be understood is ignored with a warning. */
export async function readPam(context: SidecarContext): Promise<PamFacts | null> {
  const text = await readText(context, '.aux.xml');
  if (text === null) return null;
  const facts = parsePam(text);
  if (facts === null) {
    const message = `${context.files.main.name}.aux.xml is not a valid .aux.xml and was ignored, as GDAL does; repair or delete it`;
    context.warnings.push({ code: 'ignored-sidecar', message });
  }
  return facts;
}

/** The world file's text, in GDAL's order of names; null where there is none. */
export async function readWorldFile(context: SidecarContext): Promise<string | null> {
  for (const suffix of ['.tfw', '.tifw', '.wld'] as const) {
    const text = await readText(context, suffix);
    if (text !== null) return text;
  }
  return null;
}

/** A TIFF beside the raster, open; null where there is none. Its source is added to `opened`. */
export async function openSidecarTiff(
  context: SidecarContext,
  suffix: SidecarSuffix,
  opened: Source[],
): Promise<OpenTiff | null> {
  const source = await context.files.sibling(suffix, context.options);
  if (source === null) return null;
  opened.push(source);
  return openTiff(source, context.options);
}

async function readText({ files, options }: SidecarContext, suffix: SidecarSuffix): Promise<string | null> {
  const source = await files.sibling(suffix, options);
  if (source === null) return null;
  try {
    const bytes = await source.fetch(0, MAX_TEXT_BYTES + 1, options);
    if (bytes.byteLength > MAX_TEXT_BYTES) {
      throw new GeoTiffError('geotiff/too-large', `${source.name} is larger than ${MAX_TEXT_BYTES} bytes`, {
        details: { source: source.name, limit: MAX_TEXT_BYTES },
      });
    }
    return UTF8.decode(bytes);
  } finally {
    await source.close();
  }
}
