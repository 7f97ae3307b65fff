import { SaxesParser } from 'saxes';

/** Nested elements beyond this are no metadata. */
const MAX_DEPTH = 32;
/** Elements kept per document: palettes have 65,536 entries. */
const MAX_ELEMENTS = 200_000;

/** An XML element with its children in document order. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text with leading white space removed, as GDAL's parser does. */
  readonly text: string;
}

interface Draft {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Draft[];
  text: string;
}

/**
 * Parses a small XML document. Null where it is not well-formed, too deep or too long, or has a DOCTYPE: entities
 * have no business in metadata.
 * @param skipped Names of elements whose contents are not kept.
 */
export function parseXml(xml: string, skipped: ReadonlySet<string> = new Set()): XmlElement | null {
  const parser = new SaxesParser();
  const stack: Draft[] = [];
  let root: Draft | null = null;
  let elements = 0;
  let skipDepth = 0;

  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new XmlRefused();
  });
  parser.on('opentag', (tag) => {
    if (skipDepth > 0 || skipped.has(tag.name)) {
      skipDepth++;
      return;
    }
    if (++elements > MAX_ELEMENTS || stack.length >= MAX_DEPTH) throw new XmlRefused();
    const element: Draft = { name: tag.name, attributes: { ...tag.attributes }, children: [], text: '' };
    stack.at(-1)?.children.push(element);
    root ??= element;
    stack.push(element);
  });
  const addText = (text: string): void => {
    const element = stack.at(-1);
    if (skipDepth === 0 && element !== undefined) element.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    if (skipDepth > 0) {
      skipDepth--;
      return;
    }
    const element = stack.pop();
    if (element !== undefined) element.text = element.text.replace(/^\s+/, '');
  });

  try {
    parser.write(xml).close();
  } catch {
    // Whatever is wrong with it, the answer is the same: no document. saxes throws nothing but what is above.
    return null;
  }
  return root;
}

class XmlRefused extends Error {}

/** The text of the first child of that name; null where there is none. */
export function childText(element: XmlElement, name: string): string | null {
  return element.children.find((child) => child.name === name)?.text ?? null;
}

/** All children of that name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}
