/**
 * Band maths as a small tree: `(b4 - b3) / (b4 + b3)`. There is nothing in it but numbers, bands and the functions
 * below, so a tree from a stranger can cost time, which its size bounds, and nothing else.
 */
export type ExpressionNode =
  | { readonly kind: 'number'; readonly value: number }
  /** 1-based. */
  | { readonly kind: 'band'; readonly band: number }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: ExpressionNode }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: ExpressionNode;
      readonly right: ExpressionNode;
    }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly args: readonly ExpressionNode[] };

export type UnaryOperator = '-' | '+' | '~';

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '**' | '<' | '<=' | '>' | '>=' | '==' | '!=' | '&' | '|';

/** What can be called by name. */
export type FunctionName =
  | 'abs'
  | 'ceil'
  | 'clip'
  | 'cos'
  | 'exp'
  | 'floor'
  | 'log'
  | 'log10'
  | 'max'
  | 'min'
  | 'round'
  | 'sin'
  | 'sqrt'
  | 'tan'
  | 'where';

/** One or several results, `a;b;c` in the text: each becomes a band. */
export interface Expression {
  readonly text: string;
  readonly blocks: readonly ExpressionNode[];
  /** The bands used, ascending, each once; 1-based. */
  readonly bands: readonly number[];
}

/** Why a text is no expression. */
export interface ExpressionProblem {
  readonly message: string;
  /** Place in the text, 0-based. */
  readonly offset: number;
}
