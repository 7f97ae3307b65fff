import type { SourceTableBuilder } from './source-table.ts';

const SPACE = String.raw`[ \t\r\n]*`;
const ATTRIBUTES = String.raw`(?: \w+="[^"<&]*")*`;
const NUMBER = String.raw`(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)`;
const RECT = `xOff="${NUMBER}" yOff="${NUMBER}" xSize="${NUMBER}" ySize="${NUMBER}"`;

/** A source as GDAL writes most: the groups are what differs from source to source, and the text in between. */
const PLAIN_SOURCE = new RegExp(
  `(<(\\w*Source)${ATTRIBUTES}>${SPACE}<SourceFilename${ATTRIBUTES}>)${SPACE}([^<&> \\t\\r\\n][^<&>]*)` +
    `(</SourceFilename>${SPACE}<SourceBand>[^<&>]*</SourceBand>${SPACE}<SourceProperties )` +
    `RasterXSize="(\\d{1,9})" RasterYSize="(\\d{1,9})"` +
    `( DataType="\\w+" BlockXSize="\\d{1,9}" BlockYSize="\\d{1,9}" ?/>${SPACE}<SrcRect )${RECT}` +
    `( ?/>${SPACE}<DstRect )${RECT}( ?/>(?:${SPACE}<\\w+>[^<&>]*</\\w+>)*${SPACE}</\\2>)`,
  'y',
);

/** What a document has more forms of than this, it has too many of for them to be worth remembering. */
const MAX_FORMS = 1000;

/**
 * The quick way for the many sources of a band that look the same but for their file name, sizes and rectangles. It
 * understands nothing: it recognises the text of a source that was read before.
 */
export class PlainSources {
  readonly #table: SourceTableBuilder;
  /** Template by the text of a source without what differs. */
  readonly #templates = new Map<string, number>();
  #unknown: string | null = null;

  constructor(table: SourceTableBuilder) {
    this.#table = table;
  }

  /**
   * Adds the source that starts at an offset to the table, if one of its form was there before.
   * @returns where it ends, or `at` if it has to be read otherwise
   */
  read(buffer: string, at: number): number {
    this.#unknown = null;
    PLAIN_SOURCE.lastIndex = at;
    const match = PLAIN_SOURCE.exec(buffer);
    if (match === null) return at;
    const form = `${match[1]}${match[4]}${match[7]}${match[12]}${match[17]}`;
    const template = this.#templates.get(form);
    if (template === undefined) {
      this.#unknown = form;
      return at;
    }
    const table = this.#table;
    table.addRow(template, match[3] ?? '', Number(match[5]), Number(match[6]));
    for (let number = 0; number < 4; number += 1) {
      table.setRect(number, Number(match[8 + number]));
      table.setRect(4 + number, Number(match[13 + number]));
    }
    return PLAIN_SOURCE.lastIndex;
  }

  /** Remembers the template of the source that {@link read} left to others. */
  learn(template: number): void {
    if (this.#unknown !== null && this.#templates.size < MAX_FORMS) this.#templates.set(this.#unknown, template);
    this.#unknown = null;
  }
}
