import { escapeFileName } from '@inlay/vrt';

// The artifact of a virtual raster is a VRT whose sources are named by what they are in the catalogue
// (`inlay:<id>`), not by where they happen to lie. So it stays true when files move, nothing that reads it can be
// led outside of the catalogue, and each download names the sources in the way its reader can open. The root of a
// virtual raster in chunks names those in the same way (`inlay:chunks/<number>`), and so are the files of levels that are
// rendered of it (`inlay:overviews/<number>`), which it names before they are there.

const SCHEME = 'inlay:';
const CHUNK_PREFIX = 'chunks/';
const OVERVIEW_PREFIX = 'overviews/';

/** How an artifact names a source. */
export function artifactHref(datasetId: string): string {
  return SCHEME + datasetId;
}

/** How a root names a chunk, by its number; the first is 1. */
export function chunkHref(number: number): string {
  return `${SCHEME}${CHUNK_PREFIX}${number}`;
}

/** The number in the reference of a {@link chunkHref}, that is in what follows the scheme; null for other references. */
export function chunkOfReference(reference: string): number | null {
  const digits = reference.startsWith(CHUNK_PREFIX) ? reference.slice(CHUNK_PREFIX.length) : '';
  return /^[1-9]\d*$/.test(digits) ? Number(digits) : null;
}

/** How an artifact names a file of rendered levels, by its position among them. */
export function overviewHref(file: number): string {
  return `${SCHEME}${OVERVIEW_PREFIX}${file}`;
}

/** The position in the reference of an {@link overviewHref}; null for other references. */
export function overviewOfReference(reference: string): number | null {
  const digits = reference.startsWith(OVERVIEW_PREFIX) ? reference.slice(OVERVIEW_PREFIX.length) : '';
  return /^\d+$/.test(digits) ? Number(digits) : null;
}

/** Lines of an artifact that only hold once its levels are rendered, and those that only hold before. */
const RENDERED_LEVELS = /^ *<Overview>.*\n/gm;
const COMPOSED_LEVELS = /^ *<OverviewList .*\n/gm;

/**
 * A name, up to the end tag of its element. A source in another CRS is a VRT that stands in place of the file's name, as
 * text, and may have yet another one in it (vrt: `inlineFile`): its markup is escaped once for each document around it.
 */
const NAME = /inlay:([0-9a-z/-]+)(?=(<|&(?:amp;)*lt;)\/Source(?:Filename|Dataset)(?:>|&(?:amp;)*gt;))/g;

/**
 * An artifact's bytes with every source named by `nameOf`, which is given the reference behind the scheme and answers
 * null for one that it does not know: that is left as it is. The text of a VRT is as good a name as any.
 *
 * Streams line by line: the writer gives every `<SourceFilename>` a line of its own, with all that is inside of it, and
 * every `<Overview>` one.
 *
 * @param hasOverviews whether its levels are rendered: one `<Overview>` hides all of the `<OverviewList>`, so a document
 *   has only one of the two
 */
export async function* renameSources(
  artifact: AsyncIterable<Uint8Array>,
  nameOf: (reference: string) => string | null,
  hasOverviews = false,
): AsyncGenerator<Uint8Array> {
  const nameIn = (found: string, reference: string, tagStart: string): string => {
    const name = nameOf(reference);
    return name === null ? found : bytesAsText(escaped(name, depthOf(tagStart)));
  };
  const leftOut = hasOverviews ? COMPOSED_LEVELS : RENDERED_LEVELS;
  const rename = (lines: readonly Uint8Array[]): Uint8Array => {
    const text = Buffer.concat(lines).toString('latin1');
    return Buffer.from(text.replace(leftOut, '').replace(NAME, nameIn), 'latin1');
  };
  let begun: Uint8Array[] = [];
  for await (const piece of artifact) {
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      begun.push(piece);
      continue;
    }
    yield rename([...begun, piece.subarray(0, end)]);
    begun = [piece.subarray(end)];
  }
  yield rename(begun);
}

const LINE_FEED = 10;

/** UTF-8 with a character for each byte, as the text that is searched: no piece ends within one. */
function bytesAsText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** How many documents stand around one whose tags begin so: `<` none, `&lt;` one, `&amp;lt;` two. */
function depthOf(tagStart: string): number {
  return tagStart === '<' ? 0 : tagStart.split('amp;').length;
}

function escaped(name: string, depth: number): string {
  let text = escapeFileName(name);
  for (let around = 0; around < depth; around += 1) text = escapeFileName(text);
  return text;
}
