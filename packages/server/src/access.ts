import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Role, Tables, TokenScope, Visibility } from './db/tables.ts';

// Who may see and do what. The only place that decides it: every query that returns a dataset goes through
// `visibleTo`, every change through `mayChange`, every operation through `mayCall`.

/** Who asks. `null` is anonymous. */
export interface Actor {
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  /** The token they came with; empty for whom a job works for. */
  readonly tokenId: string;
  /** What that token is good for: reading alone, or all that the role may do. */
  readonly scope: TokenScope;
}

/** What an operation asks of its caller, as the contract's route table names it. */
export type Access = 'anonymous' | 'signed_in' | 'editor' | 'admin';

const RANK: Readonly<Record<Role, number>> = { viewer: 1, editor: 2, admin: 3 };
const NEEDED: Readonly<Record<Access, number>> = { anonymous: 0, signed_in: 1, editor: 2, admin: 3 };

export function mayCall(actor: Actor | null, access: Access): boolean {
  return (actor === null ? 0 : RANK[actor.role]) >= NEEDED[access];
}

/** Who beside the owner and administrators sees a dataset. `restricted` is for people named one by one. */
const AUDIENCE: Readonly<Record<Visibility, 'everyone' | 'signed_in' | 'nobody_else'>> = {
  public: 'everyone',
  internal: 'signed_in',
  restricted: 'nobody_else',
  private: 'nobody_else',
};

const REACH = { nobody_else: 0, signed_in: 1, everyone: 2 } as const;

/** Whether more people see what is `a` than what is `b`. */
export function isWider(a: Visibility, b: Visibility): boolean {
  return REACH[AUDIENCE[a]] > REACH[AUDIENCE[b]];
}

export interface Owned {
  readonly created_by: string;
  readonly visibility: Visibility;
}

export function maySee(actor: Actor | null, dataset: Owned): boolean {
  if (actor !== null && (actor.role === 'admin' || actor.userId === dataset.created_by)) return true;
  const audience = AUDIENCE[dataset.visibility];
  return audience === 'everyone' || (audience === 'signed_in' && actor !== null);
}

/** Owners and administrators; being a viewer by role takes the right away even from an owner. */
export function mayChange(actor: Actor, dataset: Owned): boolean {
  return actor.role === 'admin' || (actor.role === 'editor' && actor.userId === dataset.created_by);
}

/** Visibilities that this actor sees whoever owns the dataset. */
function openTo(actor: Actor | null): Visibility[] {
  return (Object.keys(AUDIENCE) as Visibility[]).filter(
    (visibility) => AUDIENCE[visibility] === 'everyone' || (AUDIENCE[visibility] === 'signed_in' && actor !== null),
  );
}

/** {@link maySee} as a condition on `datasets`, for every query that reads it. */
export function visibleTo(actor: Actor | null): (eb: ExpressionBuilder<Tables, 'datasets'>) => Expression<SqlBool> {
  if (actor?.role === 'admin') return (eb) => eb.lit(true);
  return (eb) => {
    const open = eb('datasets.visibility', 'in', openTo(actor));
    return actor === null ? open : eb.or([open, eb('datasets.created_by', '=', actor.userId)]);
  };
}
