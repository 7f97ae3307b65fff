import { Transform } from 'node:stream';

// The artifact of a virtual raster is a VRT whose sources are named by what they are in the catalogue
// (`inlay:<id>`), not by where they happen to lie. So it stays true when files move, nothing that reads it can be
// led outside of the catalogue, and each download names the sources in the way its reader can open.

const SCHEME = 'inlay:';
/** A name and the tag after it, which in a document within the document is escaped: as often as one `amp;` more. */
const HREF =
  /inlay:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?=(<|&(?:amp;)?lt;)\/Source(?:Filename|Dataset)\b)/g;
/** How often a name is escaped, by what its end tag begins with (`writeVrt`). */
const ESCAPES: Readonly<Record<string, number>> = { '<': 1, '&lt;': 2, '&amp;lt;': 3 };

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
    text.replaceAll(HREF, (_, id: string, tag: string) => escapeTimes(nameOf(id), ESCAPES[tag] ?? 1));
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

function escapeTimes(text: string, times: number): string {
  return times === 0 ? text : escapeTimes(escapeXml(text), times - 1);
}

/** A text as XML holds it, in an element or between double quotes. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
