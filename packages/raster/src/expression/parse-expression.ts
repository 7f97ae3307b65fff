import type { BinaryOperator, Expression, ExpressionNode, ExpressionProblem, FunctionName } from './expression.ts';

/** Longest text, most nodes of the tree, deepest nesting, most results. */
export const EXPRESSION_LIMITS: Readonly<Record<'characters' | 'nodes' | 'depth' | 'blocks' | 'band', number>> = {
  characters: 2000,
  nodes: 200,
  depth: 48,
  blocks: 8,
  band: 65_535,
};

/** Functions and how many arguments they take, at least and at most. */
const FUNCTIONS: Readonly<Record<FunctionName, readonly [least: number, most: number]>> = {
  abs: [1, 1],
  ceil: [1, 1],
  clip: [3, 3],
  cos: [1, 1],
  exp: [1, 1],
  floor: [1, 1],
  log: [1, 1],
  log10: [1, 1],
  max: [1, 16],
  min: [1, 16],
  round: [1, 1],
  sin: [1, 1],
  sqrt: [1, 1],
  tan: [1, 1],
  where: [3, 3],
};

/** Binary operators from the loosest to the tightest: Python's order, which is what numexpr's users write. */
const PRECEDENCE: readonly (readonly BinaryOperator[])[] = [
  ['<', '<=', '>', '>=', '==', '!='],
  ['|'],
  ['&'],
  ['+', '-'],
  ['*', '/', '%'],
];

interface Token {
  readonly kind: 'number' | 'name' | 'symbol' | 'end';
  readonly text: string;
  readonly offset: number;
}

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|<=|>=|==|!=|[-+*/%<>&|~(),;]))/y;

/** Refuses with a place; caught by {@link parseExpression} alone. */
class Refusal extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Reads band maths: bands `b1`, numbers, `+ - * / % **`, comparisons (1 or 0), `& | ~`, functions, blocks by `;`. */
export function parseExpression(text: string): Expression | ExpressionProblem {
  try {
    if (text.length > EXPRESSION_LIMITS.characters) {
      throw new Refusal(`${text.length} characters; at most ${EXPRESSION_LIMITS.characters} are read`, 0);
    }
    const parser = createParser(tokenize(text));
    const blocks = parser.blocks();
    return { text, blocks, bands: [...parser.bands].sort((a, b) => a - b) };
  } catch (error) {
    if (error instanceof Refusal) return { message: error.message, offset: error.offset };
    throw error;
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) {
      const offset = at + text.slice(at).search(/\S/);
      throw new Refusal(`"${text[offset]}" means nothing here`, offset);
    }
    const [all, number, name, symbol] = match;
    const found = number ?? name ?? symbol ?? '';
    const kind = number === undefined ? (name === undefined ? 'symbol' : 'name') : 'number';
    tokens.push({ kind, text: found, offset: at + all.length - found.length });
    at = TOKEN.lastIndex;
  }
  tokens.push({ kind: 'end', text: '', offset: text.length });
  return tokens;
}

function createParser(tokens: readonly Token[]) {
  const bands = new Set<number>();
  let next = 0;
  let nodes = 0;
  let depth = 0;

  const peek = (): Token => tokens[next]!;
  const isSymbol = (symbol: string): boolean => peek().kind === 'symbol' && peek().text === symbol;

  const expect = (symbol: string): void => {
    if (!isSymbol(symbol)) throw unexpected(peek(), `"${symbol}"`);
    next++;
  };

  const counted = (node: ExpressionNode): ExpressionNode => {
    nodes++;
    if (nodes > EXPRESSION_LIMITS.nodes) {
      throw new Refusal(`more than ${EXPRESSION_LIMITS.nodes} terms and operators`, peek().offset);
    }
    return node;
  };

  const nested = (parse: () => ExpressionNode): ExpressionNode => {
    depth++;
    if (depth > EXPRESSION_LIMITS.depth) {
      throw new Refusal(`nested deeper than ${EXPRESSION_LIMITS.depth} levels`, peek().offset);
    }
    const node = parse();
    depth--;
    return node;
  };

  const binary = (level: number): ExpressionNode => {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    while (peek().kind === 'symbol' && operators.includes(peek().text as BinaryOperator)) {
      const token = peek();
      next++;
      left = counted({ kind: 'binary', operator: token.text as BinaryOperator, left, right: binary(level + 1) });
      // Python would chain `a < b < c`; reading it as `(a < b) < c` would be a quiet mistake.
      if (level === 0 && peek().kind === 'symbol' && operators.includes(peek().text as BinaryOperator)) {
        throw new Refusal('comparisons do not chain; write (a < b) & (b < c)', peek().offset);
      }
    }
    return left;
  };

  const unary = (): ExpressionNode => {
    const { text } = peek();
    if (!isSymbol('-') && !isSymbol('+') && !isSymbol('~')) return power();
    next++;
    return counted({ kind: 'unary', operator: text as '-' | '+' | '~', operand: nested(unary) });
  };

  /** `-b1 ** 2` is `-(b1 ** 2)`, and `2 ** 3 ** 2` is `2 ** (3 ** 2)`. */
  const power = (): ExpressionNode => {
    const left = primary();
    if (!isSymbol('**')) return left;
    next++;
    return counted({ kind: 'binary', operator: '**', left, right: nested(unary) });
  };

  const primary = (): ExpressionNode => {
    const token = peek();
    next++;
    if (token.kind === 'number') {
      const value = Number(token.text);
      if (!Number.isFinite(value)) throw new Refusal(`${token.text} is too large a number`, token.offset);
      return counted({ kind: 'number', value });
    }
    if (token.kind === 'name') return named(token);
    if (token.kind === 'symbol' && token.text === '(') {
      const node = nested(() => binary(0));
      expect(')');
      return node;
    }
    throw unexpected(token, 'a band, a number or "("');
  };

  const named = (token: Token): ExpressionNode => {
    const band = /^b(\d{1,6})$/i.exec(token.text)?.[1];
    if (band !== undefined && !isSymbol('(')) {
      const number = Number(band);
      if (number < 1 || number > EXPRESSION_LIMITS.band) throw new Refusal(`there is no band ${number}`, token.offset);
      bands.add(number);
      return counted({ kind: 'band', band: number });
    }
    const name = token.text.toLowerCase();
    if (!Object.hasOwn(FUNCTIONS, name)) {
      const known = Object.keys(FUNCTIONS).join(', ');
      throw new Refusal(`"${token.text}" is neither a band (b1, b2, ...) nor one of ${known}`, token.offset);
    }
    expect('(');
    const args: ExpressionNode[] = [nested(() => binary(0))];
    while (isSymbol(',')) {
      next++;
      args.push(nested(() => binary(0)));
    }
    expect(')');
    const [least, most] = FUNCTIONS[name as FunctionName];
    if (args.length < least || args.length > most) {
      const wanted = least === most ? String(least) : `${least} to ${most}`;
      throw new Refusal(`${name} takes ${wanted} arguments, not ${args.length}`, token.offset);
    }
    return counted({ kind: 'call', name: name as FunctionName, args });
  };

  return {
    bands,
    blocks(): ExpressionNode[] {
      const blocks = [binary(0)];
      while (isSymbol(';')) {
        next++;
        if (peek().kind === 'end') break;
        if (blocks.length === EXPRESSION_LIMITS.blocks) {
          throw new Refusal(`more than ${EXPRESSION_LIMITS.blocks} expressions`, peek().offset);
        }
        blocks.push(binary(0));
      }
      if (peek().kind !== 'end') throw unexpected(peek(), 'an operator');
      return blocks;
    },
  };
}

function unexpected(token: Token, wanted: string): Refusal {
  const found = token.kind === 'end' ? 'the end' : `"${token.text}"`;
  return new Refusal(`expected ${wanted}, found ${found}`, token.offset);
}
