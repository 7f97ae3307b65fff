import { Transform } from 'node:stream';

// The artifact of a virtual raster is a VRT whose sources are named by what they are in the catalogue
// (`inlay:<id>`), not by where they happen to lie. So it stays true when files move, nothing that reads it can be
// led outside of the catalogue, and each download names the sources in the way its reader can open.

const SCHEME = 'inlay:';
/** In a document that stands in place of a file name, markup is text of the outer one. */
const HREF =
  /inlay:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?=(<|&lt;)\/SourceFilename(?:>|&gt;))/g;

/** How an artifact names a source. */
export function artifactHref(datasetId: string): string {
  return SCHEME + datasetId;
}

/**
 * A transform of the artifact's bytes in which every source is named by `nameOf`. Streams line by line: the writer
 * gives every `<SourceFilename>` a line of its own.
 */
export function renameSources(nameOf: (datasetId: string) => string): Transform {
  const decoder = new TextDecoder('utf-8');
  const rename = (text: string): string =>
    text.replaceAll(HREF, (_, id: string, markup: string) => {
      const name = escapeXml(nameOf(id));
      return markup === '<' ? name : escapeXml(name);
    });
  let rest = '';
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      const text = rest + decoder.decode(chunk, { stream: true });
      const cut = text.lastIndexOf('\n') + 1;
      rest = text.slice(cut);
      done(null, rename(text.slice(0, cut)));
    },
    flush(done) {
      done(null, rename(rest + decoder.decode()));
    },
  });
}

/** A text as XML holds it, in an element or between double quotes. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
