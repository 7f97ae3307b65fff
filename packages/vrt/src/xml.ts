import { VrtError } from './error.ts';
import type { XmlAttribute } from './xml-node.ts';

/** What an {@link XmlScanner} tells, in document order. Texts are as `xml-node.ts` describes. */
export interface XmlHandler {
  open(name: string, attributes: readonly XmlAttribute[]): void;
  close(): void;
  text(text: string): void;
  comment(text: string): void;
  instruction(text: string): void;
  /**
   * Asked at the `<` of every start tag below the root: the handler may read a whole element by itself.
   * @returns offset of the first character after the element, or `at` to leave it to the scanner
   */
  shortcut(buffer: string, at: number): number;
}

export interface XmlLimits {
  /** UTF-16 units of the whole document. */
  readonly maxLength: number;
  /** UTF-16 units of a tag, a text, a comment. */
  readonly maxTokenLength: number;
  readonly maxDepth: number;
  /** Of one element. */
  readonly maxAttributes: number;
}

/** Chunks are put together to at least this many UTF-16 units before they are looked at. */
const BUFFER_LENGTH = 65_536;

/** XML 1.0 (fifth edition), production 2: what is no Char. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const NO_CHAR = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** Productions 4 and 4a. */
const NAME_START = String.raw`:A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u{2ff}\u{370}-\u{37d}\u{37f}-\u{1fff}\u{200c}-\u{200d}\u{2070}-\u{218f}\u{2c00}-\u{2fef}\u{3001}-\u{d7ff}\u{f900}-\u{fdcf}\u{fdf0}-\u{fffd}\u{10000}-\u{effff}`;
const NAME_GOES_ON = String.raw`\-.\d\xb7\u{300}-\u{36f}\u{203f}-\u{2040}`;
const NAME = new RegExp(`[${NAME_START}][${NAME_START}${NAME_GOES_ON}]*`, 'uy');

const ENTITY = /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos));/y;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Beyond so many distinct names they are no longer kept: no VRT has them. */
const MAX_NAMES = 1000;

const [TAB, LINE_FEED, RETURN, BLANK, QUOTE, APOSTROPHE, SLASH, EQUALS, GREATER, BANG, QUESTION] = [
  9, 10, 13, 32, 34, 39, 47, 61, 62, 33, 63,
];

/** The token that starts here goes on beyond the buffer. */
const INCOMPLETE = -1;

/**
 * Reads well-formed XML 1.0 without a document type declaration, in chunks of any size, in linear time and in memory
 * that depends on the longest token and not on the document. It is a scanner of our own because GDAL's ideas of white
 * space (see `xml-node.ts`) are lost in a general one, which also takes three times as long on a large mosaic.
 */
export class XmlScanner {
  readonly #handler: XmlHandler;
  readonly #limits: XmlLimits;
  readonly #names = new Map<string, string>();
  readonly #openNames: string[] = [];
  #hasRoot = false;
  #length = 0;
  #buffer = '';
  /** Offset in the buffer of the next token. */
  #at = 0;
  /** Chunks that came after the buffer. */
  #pieces: string[] = [];
  #piecesLength = 0;
  #wantedLength = 0;
  /** Position of the buffer's first character; the line is 1-based, the column 0-based. */
  #line = 1;
  #column = 0;

  constructor(handler: XmlHandler, limits: XmlLimits) {
    this.#handler = handler;
    this.#limits = limits;
  }

  /** @throws {VrtError} `vrt/malformed-xml`, `vrt/too-large`, and what the handler throws */
  write(chunk: string): void {
    const isMarked = this.#length === 0 && chunk.startsWith('\ufeff');
    this.#length += chunk.length;
    if (this.#length > this.#limits.maxLength) throw tooLarge('maxLength', this.#limits.maxLength);
    this.#pieces.push(isMarked ? chunk.slice(1) : chunk);
    this.#piecesLength += chunk.length;
    if (this.#piecesLength >= this.#wantedLength) this.#scan(false);
  }

  /** Nothing follows. */
  end(): void {
    this.#scan(true);
    const [open] = this.#openNames.slice(-1);
    if (open !== undefined) this.#fail(this.#buffer.length, `the document ends inside <${open}>`);
    if (!this.#hasRoot) this.#fail(this.#buffer.length, 'the document has no element');
  }

  #scan(isLast: boolean): void {
    this.#refill(isLast);
    while (this.#at < this.#buffer.length) {
      const next = this.#token(this.#at, isLast);
      const end = next === INCOMPLETE ? this.#buffer.length : next;
      if (end - this.#at > this.#limits.maxTokenLength) throw tooLarge('maxTokenLength', this.#limits.maxTokenLength);
      if (next === INCOMPLETE) {
        if (isLast) this.#fail(this.#at, 'the document ends inside of what starts here');
        break;
      }
      this.#at = next;
    }
    // A token is looked at again only when the text since its start has doubled: the sum of all looks stays linear.
    this.#wantedLength = Math.max(BUFFER_LENGTH, this.#buffer.length - this.#at);
  }

  /** Drops what is read from the buffer, and appends the chunks that have come. */
  #refill(isLast: boolean): void {
    ({ line: this.#line, column: this.#column } = this.#positionOf(this.#at));
    const rest = this.#buffer.slice(this.#at);
    let added = this.#pieces.length === 1 ? (this.#pieces[0] ?? '') : this.#pieces.join('');
    this.#pieces = [];
    this.#piecesLength = 0;
    // Halves of a surrogate pair may come in different chunks.
    if (!isLast && isHighSurrogate(added.charCodeAt(added.length - 1))) {
      this.#pieces.push(added.slice(-1));
      added = added.slice(0, -1);
    }
    this.#buffer = rest + added;
    this.#at = 0;
    const noChar = added.search(NO_CHAR);
    if (noChar !== -1) this.#fail(rest.length + noChar, 'there is a character that XML cannot hold');
  }

  /** Reads the token that starts at an offset, and returns where it ends. */
  #token(at: number, isLast: boolean): number {
    const buffer = this.#buffer;
    const less = buffer.indexOf('<', at);
    if (less !== at) {
      if (less === -1 && !isLast) return INCOMPLETE;
      const end = less === -1 ? buffer.length : less;
      this.#text(at, end);
      return end;
    }
    const code = buffer.charCodeAt(at + 1);
    if (code === SLASH) return this.#endTag(at);
    if (code === BANG) return this.#declaration(at);
    if (code === QUESTION) return this.#instruction(at);
    if (this.#openNames.length > 0) {
      const end = this.#handler.shortcut(buffer, at);
      if (end !== at) return end;
    }
    return this.#startTag(at);
  }

  #text(at: number, end: number): void {
    const start = this.#skipSpace(at);
    if (start >= end) return;
    if (this.#openNames.length === 0) this.#fail(start, 'there is text outside of the document element');
    const raw = this.#buffer.slice(start, end);
    const close = raw.indexOf(']]>');
    if (close !== -1) this.#fail(start + close, '"]]>" stands outside of a CDATA section');
    this.#handler.text(this.#decode(raw, start));
  }

  #startTag(at: number): number {
    const buffer = this.#buffer;
    let i = this.#nameEnd(at + 1);
    if (i === buffer.length) return INCOMPLETE;
    const name = this.#name(at + 1, i);
    const attributes: XmlAttribute[] = [];
    for (;;) {
      const afterSpace = this.#skipSpace(i);
      const code = buffer.charCodeAt(afterSpace);
      if (code === GREATER) {
        this.#open(at, name, attributes);
        return afterSpace + 1;
      }
      if (code === SLASH) {
        if (afterSpace + 1 === buffer.length) return INCOMPLETE;
        if (buffer.charCodeAt(afterSpace + 1) !== GREATER) this.#fail(afterSpace, 'expected "/>"');
        this.#open(at, name, attributes);
        this.#close();
        return afterSpace + 2;
      }
      if (afterSpace === buffer.length) return INCOMPLETE;
      if (afterSpace === i) this.#fail(i, `expected white space or the end of the tag <${name}>`);
      i = this.#attribute(afterSpace, attributes);
      if (i === INCOMPLETE) return INCOMPLETE;
    }
  }

  #attribute(at: number, attributes: XmlAttribute[]): number {
    const buffer = this.#buffer;
    const nameEnd = this.#nameEnd(at);
    const equals = this.#skipSpace(nameEnd);
    if (equals === buffer.length) return INCOMPLETE;
    const name = this.#name(at, nameEnd);
    if (buffer.charCodeAt(equals) !== EQUALS) this.#fail(equals, `expected "=" after the attribute name ${name}`);
    const open = this.#skipSpace(equals + 1);
    if (open === buffer.length) return INCOMPLETE;
    const quote = buffer.charCodeAt(open);
    if (quote !== QUOTE && quote !== APOSTROPHE) this.#fail(open, `the value of the attribute ${name} has no quotes`);
    const close = buffer.indexOf(quote === QUOTE ? '"' : "'", open + 1);
    if (close === -1) return INCOMPLETE;
    const raw = buffer.slice(open + 1, close);
    const less = raw.indexOf('<');
    if (less !== -1) this.#fail(open + 1 + less, `there is "<" in the value of the attribute ${name}`);
    if (attributes.length === this.#limits.maxAttributes) throw tooLarge('maxAttributes', this.#limits.maxAttributes);
    attributes.push([name, this.#decode(raw, open + 1)]);
    return close + 1;
  }

  #open(at: number, name: string, attributes: readonly XmlAttribute[]): void {
    if (this.#openNames.length === 0 && this.#hasRoot) this.#fail(at, 'there is a second document element');
    if (hasTwins(attributes)) this.#fail(at, `<${name}> has an attribute twice`);
    if (this.#openNames.length === this.#limits.maxDepth) throw tooLarge('maxDepth', this.#limits.maxDepth);
    this.#hasRoot = true;
    this.#openNames.push(name);
    this.#handler.open(name, attributes);
  }

  #close(): void {
    this.#openNames.pop();
    this.#handler.close();
  }

  #endTag(at: number): number {
    const buffer = this.#buffer;
    const greater = buffer.indexOf('>', at);
    if (greater === -1) return INCOMPLETE;
    const name = this.#openNames.at(-1);
    if (name === undefined) return this.#fail(at, 'an end tag closes nothing');
    if (!buffer.startsWith(name, at + 2) || this.#skipSpace(at + 2 + name.length) !== greater) {
      this.#fail(at, `expected </${name}>`);
    }
    this.#close();
    return greater + 1;
  }

  /** A comment, a CDATA section, or what is refused: entities could make a bomb of a small document. */
  #declaration(at: number): number {
    const buffer = this.#buffer;
    if (buffer.startsWith('<!--', at)) {
      const end = buffer.indexOf('--', at + 4);
      if (end === -1 || end + 2 === buffer.length) return INCOMPLETE;
      if (buffer.charCodeAt(end + 2) !== GREATER) this.#fail(end, 'there is "--" inside a comment');
      this.#handler.comment(own(buffer.slice(at + 4, end)));
      return end + 3;
    }
    if (buffer.startsWith('<![CDATA[', at)) {
      if (this.#openNames.length === 0) this.#fail(at, 'there is text outside of the document element');
      const end = buffer.indexOf(']]>', at + 9);
      if (end === -1) return INCOMPLETE;
      this.#handler.text(own(buffer.slice(at + 9, end)));
      return end + 3;
    }
    const start = buffer.slice(at, at + 9);
    if ('<!--'.startsWith(start) || '<![CDATA['.startsWith(start) || '<!DOCTYPE'.startsWith(start)) {
      if (start !== '<!DOCTYPE') return INCOMPLETE;
      this.#fail(at, 'a document type declaration is not accepted: remove it');
    }
    return this.#fail(at, 'expected a comment or a CDATA section');
  }

  #instruction(at: number): number {
    const end = this.#buffer.indexOf('?>', at + 2);
    if (end === -1) return INCOMPLETE;
    const targetEnd = this.#nameEnd(at + 2);
    if (targetEnd !== end && this.#skipSpace(targetEnd) === targetEnd) this.#fail(targetEnd, 'expected white space');
    const target = this.#buffer.slice(at + 2, targetEnd);
    if (target.toLowerCase() === 'xml') {
      const isFirst = this.#line === 1 && this.#column === 0 && at === 0;
      if (!isFirst || target !== 'xml') this.#fail(at, 'an XML declaration stands at the start of the document only');
      return end + 2;
    }
    this.#handler.instruction(own(this.#buffer.slice(at + 2, end)));
    return end + 2;
  }

  #skipSpace(at: number): number {
    const buffer = this.#buffer;
    for (;;) {
      const code = buffer.charCodeAt(at);
      if (code !== BLANK && code !== LINE_FEED && code !== TAB && code !== RETURN) return at;
      at += 1;
    }
  }

  /** Where the name that starts at an offset ends: at the buffer's end it may go on. */
  #nameEnd(at: number): number {
    if (at === this.#buffer.length) return at;
    NAME.lastIndex = at;
    if (!NAME.test(this.#buffer)) this.#fail(at, 'expected a name');
    return NAME.lastIndex;
  }

  /** One string per distinct name, however often it occurs. */
  #name(at: number, end: number): string {
    const name = this.#buffer.slice(at, end);
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const owned = own(name);
    if (this.#names.size < MAX_NAMES) this.#names.set(owned, owned);
    return owned;
  }

  /** Text with its entities and character references (XML 1.0, 4.1) replaced. */
  #decode(raw: string, at: number): string {
    let ampersand = raw.indexOf('&');
    if (ampersand === -1) return own(raw);
    const parts: string[] = [];
    let end = 0;
    for (; ampersand !== -1; ampersand = raw.indexOf('&', end)) {
      ENTITY.lastIndex = ampersand;
      const match = ENTITY.exec(raw);
      if (match === null) return this.#fail(at + ampersand, '"&" starts no entity that XML defines: write &amp;');
      const [entity, decimal, hexadecimal, named = ''] = match;
      const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
      const character = named === '' && code <= 0x10ffff ? String.fromCodePoint(code) : NAMED[named];
      if (character === undefined || NO_CHAR.test(character)) {
        return this.#fail(at + ampersand, `${entity} is no character that XML can hold`);
      }
      parts.push(raw.slice(end, ampersand), character);
      end = ampersand + entity.length;
    }
    parts.push(raw.slice(end));
    return parts.join('');
  }

  #positionOf(at: number): { line: number; column: number } {
    let line = this.#line;
    let lineStart = -this.#column;
    for (let feed = this.#buffer.indexOf('\n'); feed !== -1 && feed < at; feed = this.#buffer.indexOf('\n', feed + 1)) {
      line += 1;
      lineStart = feed + 1;
    }
    return { line, column: at - lineStart };
  }

  #fail(at: number, message: string): never {
    const { line, column } = this.#positionOf(at);
    throw new VrtError('vrt/malformed-xml', `line ${line}, column ${column + 1}: ${message}`, {
      details: { line, column: column + 1 },
    });
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Few attributes are compared with each other; many, which only a hostile document has, in linear time. */
function hasTwins(attributes: readonly XmlAttribute[]): boolean {
  if (attributes.length > 16) return new Set(attributes.map(([name]) => name)).size < attributes.length;
  return attributes.some(([name], index) => {
    for (let other = 0; other < index; other += 1) if (attributes[other]?.[0] === name) return true;
    return false;
  });
}

/** The error of a document that goes beyond a limit. */
export function tooLarge(limit: string, allowed: number): VrtError {
  return new VrtError('vrt/too-large', `the document goes beyond ${limit} = ${allowed}`, {
    details: { limit, allowed },
  });
}

/**
 * The same text in memory of its own. What `slice` cuts from a buffer keeps the whole buffer alive (V8 does so from 13
 * characters on), and appending to a string before cutting it makes V8 copy it.
 */
export function own(slice: string): string {
  return slice.length < 13 ? slice : ` ${slice}`.slice(1);
}
