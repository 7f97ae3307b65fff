/** One element of WKT 1 (OGC 01-009, 7.1): `PROJCS["name",...]`; a bare word such as `EAST` has no arguments. */
export interface WktNode {
  /** Upper case. */
  readonly keyword: string;
  readonly args: readonly WktArg[];
}

export type WktArg = string | number | WktNode;

/** A CRS that spells out everything is a few kilobytes. */
const MAX_LENGTH = 64 * 1024;
const MAX_DEPTH = 16;
const TOKEN =
  /\s*(?:"((?:[^"]|"")*)"|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|([[(,\])]))/y;

/** Null where the text is not WKT. */
export function parseWkt(text: string): WktNode | null {
  if (text.length > MAX_LENGTH) return null;
  const tokens = tokenize(text);
  if (tokens === null) return null;
  let position = 0;

  function parseArg(depth: number): WktArg | null {
    const token = tokens![position++];
    if (token === undefined || depth > MAX_DEPTH) return null;
    if (token.kind !== 'word') return token.kind === 'mark' ? null : token.value;
    const args: WktArg[] = [];
    if (!isMark(tokens![position], '[')) return { keyword: token.value.toUpperCase(), args };
    do {
      position++;
      const arg = parseArg(depth + 1);
      if (arg === null) return null;
      args.push(arg);
    } while (isMark(tokens![position], ','));
    return isMark(tokens![position++], ']') ? { keyword: token.value.toUpperCase(), args } : null;
  }

  const root = parseArg(0);
  return root !== null && typeof root === 'object' && position === tokens.length ? root : null;
}

type Token =
  | { readonly kind: 'text' | 'word' | 'mark'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number };

function tokenize(text: string): Token[] | null {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null) return null;
    const [, quoted, number, word, mark] = match;
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replaceAll('""', '"') });
    else if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) });
    else if (word !== undefined) tokens.push({ kind: 'word', value: word });
    // Round brackets are as good as square ones (OGC 01-009, 7.1).
    else tokens.push({ kind: 'mark', value: mark === '(' ? '[' : mark === ')' ? ']' : mark! });
  }
  return tokens;
}

function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.value === mark;
}

/** The node as text, numbers with 15 digits as GDAL prints them. */
export function formatWkt(node: WktNode): string {
  if (node.args.length === 0) return node.keyword;
  return `${node.keyword}[${node.args.map(formatArg).join(',')}]`;
}

function formatArg(arg: WktArg): string {
  if (typeof arg === 'string') return `"${arg.replaceAll('"', '""')}"`;
  return typeof arg === 'number' ? Number(arg.toPrecision(15)).toString() : formatWkt(arg);
}

/** Builds a node. */
export function wkt(keyword: string, ...args: WktArg[]): WktNode {
  return { keyword, args };
}

/** The first child with that keyword; null where there is none. */
export function child(node: WktNode, keyword: string): WktNode | null {
  return children(node, keyword)[0] ?? null;
}

export function children(node: WktNode, keyword: string): readonly WktNode[] {
  return node.args.filter((arg): arg is WktNode => typeof arg === 'object' && arg.keyword === keyword);
}

/** The node's name: its first argument where that is text. */
export function nameOf(node: WktNode): string {
  const name = node.args[0];
  return typeof name === 'string' ? name : '';
}

/** A numeric argument by position; null where it is something else. */
export function numberAt(node: WktNode, index: number): number | null {
  const value = node.args[index];
  return typeof value === 'number' ? value : null;
}

/** `EPSG:n` of the node's own AUTHORITY; null where it has none or of another authority. */
export function epsgOf(node: WktNode): number | null {
  const [authority, code] = child(node, 'AUTHORITY')?.args ?? [];
  if (typeof authority !== 'string' || authority.toUpperCase() !== 'EPSG') return null;
  const number = Number(code);
  return Number.isInteger(number) && number > 0 ? number : null;
}

/** The node without children of that keyword, at any depth. */
export function without(node: WktNode, keyword: string): WktNode {
  return {
    keyword: node.keyword,
    args: node.args
      .filter((arg) => typeof arg !== 'object' || arg.keyword !== keyword)
      .map((arg) => (typeof arg === 'object' ? without(arg, keyword) : arg)),
  };
}
