import { VrtError } from './error.ts';

/** What XML 1.0 (2.2, production Char) has no way to write, not even as an entity. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const MARKUP = /[&<>"\t\n\r]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Parsers turn these into plain blanks or line feeds (XML 1.0, 2.11 and 3.3.3) unless written as entities.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text for element content or an attribute value. Characters that XML cannot hold are left out, as GDAL does. */
export function escapeXml(text: string): string {
  return escapeMarkup(dropUnwritable(text));
}

/** The text without the characters that XML cannot hold. */
export function dropUnwritable(text: string): string {
  return text.replace(UNWRITABLE, '');
}

/**
 * A file name for element content.
 * @throws {VrtError} `vrt/unwritable-file-name` where a reader of the XML could not get the same name back.
 */
export function escapeFileName(fileName: string): string {
  if (fileName === '' || fileName.search(UNWRITABLE) !== -1) {
    throw new VrtError(
      'vrt/unwritable-file-name',
      fileName === ''
        ? 'a source has an empty file name: name the file'
        : `the file name ${JSON.stringify(baseName(fileName))} has a character that XML cannot hold: rename the file`,
      { details: { fileName: baseName(fileName) } },
    );
  }
  return escapeMarkup(fileName);
}

function escapeMarkup(text: string): string {
  const escaped = text.search(MARKUP) === -1 ? text : text.replace(MARKUP, (character) => ENTITIES[character] ?? '');
  // GDAL's parser skips blanks at the start of an element's text.
  return escaped.startsWith(' ') ? `&#32;${escaped.slice(1)}` : escaped;
}

/** Messages carry no folders. */
function baseName(fileName: string): string {
  return fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
}
