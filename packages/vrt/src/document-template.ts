import { escapeXml } from './xml-text.ts';

/** A document cut where particulars are put in. */
export type Template<Slot extends string> = readonly (string | SlotPiece<Slot>)[];

interface SlotPiece<Slot extends string> {
  readonly slot: Slot;
  /** How often the document around the slot is escaped, as text of another one. */
  readonly escapes: number;
}

/** The document of a template. @param values what each slot holds, as XML */
export function fillIn<Slot extends string>(
  template: Template<Slot>,
  values: Readonly<Record<NoInfer<Slot>, string>>,
): string {
  let text = '';
  for (const piece of template) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const { slot, escapes } = piece;
    let value = escapes > 0 ? onOneLine(values[slot]) : values[slot];
    for (let times = 0; times < escapes; times += 1) value = escapeXml(value);
    text += value;
  }
  return text;
}

/** A template on one line, as the text of an element of another document. */
export function asText<Slot extends string>(template: Template<Slot>): Template<Slot> {
  return template.map((piece) =>
    typeof piece === 'string' ? escapeXml(onOneLine(piece)) : { ...piece, escapes: piece.escapes + 1 },
  );
}

/** XML without line ends and the blanks that lines begin with. Line ends in text are entities, and stay. */
export function onOneLine(xml: string): string {
  return xml.replace(/^ +|\n */g, '');
}

/** Lines as a piece of a template. */
export function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
