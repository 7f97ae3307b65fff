import { dropUnwritable, escapeXml } from './xml-text.ts';
import type { XmlAttribute, XmlNode } from './xml-node.ts';

/**
 * An element to write. Children in an array are written in one piece with it; of others, each in a piece of its own as
 * they are made, so that few are held at a time.
 */
export interface WritableElement {
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: Iterable<WritableNode>;
}

export type WritableNode = Exclude<XmlNode, { name: string }> | WritableElement;

/** ASCII suffices for every name that GDAL uses; the others are those of `xml.ts`. */
const NAME = /^[:A-Z_a-z\u0080-\u{10ffff}][-.\d:A-Z_a-z\u0080-\u{10ffff}]*$/u;

/** The element as text, a line each where there is no text that white space would change, in GDAL's indentation. */
export function* xmlPieces(element: WritableElement, indent = ''): Generator<string> {
  if (Array.isArray(element.children)) {
    yield elementText(element, indent);
    return;
  }
  yield startTag(element);
  let previous: WritableNode | undefined;
  for (const node of element.children) {
    yield lead(node, previous, indent);
    if (isWritableElement(node)) yield* xmlPieces(node, `${indent}  `);
    else yield nodeText(node, previous);
    previous = node;
  }
  yield endTag(element, previous, indent);
}

export function isWritableElement(node: WritableNode): node is WritableElement {
  return typeof node === 'object' && 'name' in node;
}

function elementText(element: WritableElement, indent: string): string {
  let text = startTag(element);
  let previous: WritableNode | undefined;
  for (const node of element.children) {
    text += lead(node, previous, indent);
    text += isWritableElement(node) ? elementText(node, `${indent}  `) : nodeText(node, previous);
    previous = node;
  }
  return text + endTag(element, previous, indent);
}

function startTag({ name, attributes }: WritableElement): string {
  let tag = `<${checked(name)}`;
  for (const [key, value] of attributes) tag += ` ${checked(key)}="${escapeXml(value)}"`;
  return tag;
}

/** What stands before a child: the end of the start tag, and a line break where it would not become part of a text. */
function lead(node: WritableNode, previous: WritableNode | undefined, indent: string): string {
  const isBesideText = typeof node === 'string' || typeof previous === 'string';
  return (previous === undefined ? '>' : '') + (isBesideText ? '' : `\n${indent}  `);
}

function endTag({ name }: WritableElement, last: WritableNode | undefined, indent: string): string {
  if (last === undefined) return ' />';
  return typeof last === 'string' ? `</${name}>` : `\n${indent}</${name}>`;
}

function nodeText(node: Exclude<WritableNode, WritableElement>, previous: WritableNode | undefined): string {
  if (typeof node === 'string') return textPiece(node, typeof previous === 'string');
  if ('comment' in node) return `<!--${dropUnwritable(node.comment).replaceAll('--', '- -').replace(/-$/, '- ')}-->`;
  return `<?${dropUnwritable(node.instruction).replaceAll('?>', '? >')}?>`;
}

/**
 * CDATA for what is no node, or not one of its own, otherwise; and for lines of code, which people read. Not where
 * there are carriage returns: parsers other than GDAL's take them for line ends (XML 1.0, 2.11).
 */
function textPiece(text: string, isAfterText: boolean): string {
  const code = dropUnwritable(text);
  const isCode = text.includes('\n') && !text.includes('\r') && !text.includes(']]>');
  if (text === '' || isAfterText || isCode) return `<![CDATA[${code.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
  return escapeXml(text);
}

function checked(name: string): string {
  if (!NAME.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name of an XML element or attribute`);
  return name;
}
