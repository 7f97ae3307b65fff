import type { Loc, ValidationItem } from './problem.ts';

/** Most items one answer lists. */
export const MAX_ITEMS = 1000;

const MAX_INPUT_CHARACTERS = 256;
const MAX_INPUT_MEMBERS = 10;
const MAX_INPUT_DEPTH = 3;

/** Type, message and facts of a failure. */
export interface Failure {
  readonly type: string;
  readonly msg: string;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** Where a walk over a value is, and what it found so far. */
export interface Walk {
  /** The path to the value at hand; grows and shrinks as the walk goes. */
  readonly loc: Loc;
  readonly items: ValidationItem[];
  /** All failures, those beyond {@link MAX_ITEMS} included. */
  total: number;
  /** The value was text (a query, a form) and was converted where it could be. */
  readonly fromText: boolean;
  /** Values of the part at hand are secrets and are not repeated. */
  secret: boolean;
}

export function startWalk(loc: Readonly<Loc>, fromText: boolean): Walk {
  return { loc: [...loc], items: [], total: 0, fromText, secret: false };
}

/** Notes a failure at the walk's place. `describe` is called only while the failure will be listed. */
export function fail(walk: Walk, input: unknown, describe: () => Failure): void {
  walk.total += 1;
  if (walk.items.length >= MAX_ITEMS) return;
  const { type, msg, ctx } = describe();
  walk.items.push({
    loc: walk.loc.map((step) => (typeof step === 'string' ? abbreviateText(step) : step)),
    msg,
    type,
    input: walk.secret || input === undefined ? null : abbreviate(input),
    ...(ctx === undefined ? {} : { ctx }),
  });
}

/** The items of a finished walk; the last one tells how many there were where not all are listed. */
export function endWalk(walk: Walk): ValidationItem[] {
  const last = walk.items.at(-1);
  if (last !== undefined && walk.total > walk.items.length) last.ctx = { ...last.ctx, total: walk.total };
  return walk.items;
}

/** A value as JSON can hold it, shortened to what fits into an answer and a log line. */
export function abbreviate(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return abbreviateText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value !== 'object') return typeof value;
  if (depth === MAX_INPUT_DEPTH) return '…';
  if (Array.isArray(value)) {
    const head = value.slice(0, MAX_INPUT_MEMBERS).map((member) => abbreviate(member, depth + 1));
    return value.length > MAX_INPUT_MEMBERS ? [...head, `… and ${value.length - MAX_INPUT_MEMBERS} more`] : head;
  }
  const keys = Object.keys(value);
  const head = keys
    .slice(0, MAX_INPUT_MEMBERS)
    .map((key) => [abbreviateText(key), abbreviate((value as Record<string, unknown>)[key], depth + 1)]);
  if (keys.length > MAX_INPUT_MEMBERS) head.push(['…', `and ${keys.length - MAX_INPUT_MEMBERS} more`]);
  // fromEntries defines members, where assignment would call the setter that `__proto__` has.
  return Object.fromEntries(head);
}

function abbreviateText(text: string): string {
  if (text.length <= MAX_INPUT_CHARACTERS) return wellFormed(text);
  return `${wellFormed(text.slice(0, MAX_INPUT_CHARACTERS))}… (${text.length} characters)`;
}

/** Half of a surrogate pair has no UTF-8; it is shown as U+FFFD. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\u{FFFD}');
}
