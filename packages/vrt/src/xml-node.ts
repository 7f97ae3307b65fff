/**
 * XML as plain data. What differs from the W3C's information set does so because GDAL's parser does, and a document
 * is to read the same in GDAL after it went through here:
 * - white space at the start of a text is no part of it, unless it is written as an entity or in a CDATA section;
 *   a text of white space alone is none;
 * - line ends and the white space in attribute values are left as they are;
 * - text beside a CDATA section is a node of its own. Of an element with several nodes GDAL takes the first as value.
 */
export type XmlNode = string | XmlElement | XmlComment | XmlInstruction;

/** Attributes and children stand in document order; names keep their prefix, namespaces are not resolved. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
}

export type XmlAttribute = readonly [name: string, value: string];

export interface XmlComment {
  /** Without the delimiters; never with `--` inside or `-` at its end. */
  readonly comment: string;
}

/** A processing instruction, such as a reference to a style sheet. The XML declaration is none. */
export interface XmlInstruction {
  /** Target and data; never with `?>` inside. */
  readonly instruction: string;
}

export function isElement(node: XmlNode): node is XmlElement {
  return typeof node === 'object' && 'name' in node;
}

/**
 * What GDAL takes an element's value to be: its first node that is no attribute, whatever that is (measured with
 * 3.6 and 3.13: of a comment its text, of an element its name). Null where it has none.
 */
export function gdalValue({ children }: XmlElement): string | null {
  const [first] = children;
  if (first === undefined || typeof first === 'string') return first ?? null;
  if ('name' in first) return first.name;
  return 'comment' in first ? first.comment : `?${first.instruction}`;
}
