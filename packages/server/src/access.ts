import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { JobKind } from './jobs/job.ts';
import type { GrantLevel, RecordType, Role, Tables, TokenScope, Visibility } from './db/tables.ts';

// Who may see and do what. The only place that decides it: every query that returns a dataset goes through `visibleTo` or
// `pixelsVisibleTo`, every change through `mayChange` or `mayManage`, every operation through `mayCall`. The tables of
// docs/access.md say the same, and `access-matrix.test.ts` holds the running server to them.
//
// Terminology
//   audience   who beside the owner and administrators sees a dataset, by its visibility
//   grant      a user named by the owner, to `view` or to `edit`
//   sources    of a virtual raster: who sees it sees their pixels, so who may not see all of them does not see it
//   confirmed  sources whose pixels the owner shares through it: they are seen with the owner's eyes

/** Who asks. `null` is anonymous. */
export interface Actor {
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  /** The token they came with; empty for whom a job or a link works for. */
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

/** Whether the actor's token is good for an operation that changes something. Anonymous callers have none to ask of. */
export function mayWrite(actor: Actor | null): boolean {
  return actor === null || actor.scope === 'write';
}

/** What each kind of job asks of whoever it works for, when it is worked on: what follows by itself asks for nothing. */
const JOB_ACCESS: Readonly<Record<JobKind, Access>> = {
  upload: 'editor',
  register_rasters: 'editor',
  raster_refresh: 'editor',
  vrt_create: 'editor',
  vrt_change: 'editor',
  export: 'signed_in',
  quicklook: 'anonymous',
  vrt_overviews: 'anonymous',
};

/** Whether a job may (still) be worked on for its owner. */
export function mayHaveDone(owner: Actor | null, kind: JobKind): boolean {
  return mayCall(owner, JOB_ACCESS[kind]);
}

/** The kinds of jobs that follow by themselves: whose they are makes no difference to what they do. */
export const FOLLOW_UPS: readonly JobKind[] = (Object.keys(JOB_ACCESS) as JobKind[]).filter(
  (kind) => JOB_ACCESS[kind] === 'anonymous',
);

type Audience = 'nobody_else' | 'granted' | 'signed_in' | 'everyone';

/** Who beside the owner and administrators sees a dataset. */
const AUDIENCE: Readonly<Record<Visibility, Audience>> = {
  private: 'nobody_else',
  restricted: 'granted',
  internal: 'signed_in',
  public: 'everyone',
};

/** Where a grant to edit counts. Where a dataset is private nobody's does, until it is opened again. */
const GRANTS_COUNT: Readonly<Record<Visibility, boolean>> = {
  private: false,
  restricted: true,
  internal: true,
  public: true,
};

/** Without grants, `restricted` reaches nobody else. */
const REACH: Readonly<Record<Audience, number>> = { nobody_else: 0, granted: 0, signed_in: 1, everyone: 2 };

/** Whether more people see what is `a` than what is `b`, grants aside. */
export function isWider(a: Visibility, b: Visibility): boolean {
  return REACH[AUDIENCE[a]] > REACH[AUDIENCE[b]];
}

/** The visibilities that fewer people see than `visibility`, grants aside. */
export function narrowerThan(visibility: Visibility): Visibility[] {
  return (Object.keys(AUDIENCE) as Visibility[]).filter((other) => isWider(visibility, other));
}

/** What is asked of a dataset to decide who may change it. */
export interface Owned {
  readonly created_by: string;
  readonly visibility: Visibility;
  /** What the actor was granted; null for nothing. */
  readonly grant_level: GrantLevel | null;
}

/** Owners, administrators and those who were granted it; being a viewer by role takes the right away even from an owner. */
export function mayChange(actor: Actor, dataset: Owned): boolean {
  const isGranted = dataset.grant_level === 'edit' && GRANTS_COUNT[dataset.visibility];
  return mayManage(actor, dataset) || (actor.role === 'editor' && isGranted);
}

/** Who decides on a dataset: deletes it, and says who else may see and change it. */
export function mayManage(actor: Actor, dataset: Pick<Owned, 'created_by'>): boolean {
  return actor.role === 'admin' || (actor.role === 'editor' && actor.userId === dataset.created_by);
}

/** What an actor may do with a dataset that is shown to them, and why it is. */
export interface ShownAccess {
  /** `edit` as {@link mayChange} says, `manage` as {@link mayManage}; nothing of it with a token that changes nothing. */
  readonly level: 'view' | 'edit' | 'manage';
  readonly by: 'owner' | 'administrator' | 'grant' | 'visibility';
}

/** What is said of a dataset to whoever sees it. */
export function accessTo(actor: Actor | null, dataset: Owned): ShownAccess {
  const by = groundOf(actor, dataset);
  if (actor === null || !mayWrite(actor)) return { level: 'view', by };
  if (mayManage(actor, dataset)) return { level: 'manage', by };
  return { level: mayChange(actor, dataset) ? 'edit' : 'view', by };
}

function groundOf(
  actor: Actor | null,
  { created_by: owner, visibility, grant_level: level }: Owned,
): ShownAccess['by'] {
  if (actor === null) return 'visibility';
  if (actor.userId === owner) return 'owner';
  if (actor.role === 'admin') return 'administrator';
  const isGranted = AUDIENCE[visibility] === 'granted' || (level === 'edit' && GRANTS_COUNT[visibility]);
  return isGranted ? 'grant' : 'visibility';
}

/** Visibilities that this actor sees whoever owns the dataset. */
function openTo(actor: object | null): Visibility[] {
  return (Object.keys(AUDIENCE) as Visibility[]).filter(
    (visibility) => AUDIENCE[visibility] === 'everyone' || (AUDIENCE[visibility] === 'signed_in' && actor !== null),
  );
}

const GRANTED = (Object.keys(AUDIENCE) as Visibility[]).filter((visibility) => AUDIENCE[visibility] === 'granted');
const VIRTUAL: RecordType = 'vrt_dataset';

type Datasets = ExpressionBuilder<Tables, 'datasets'>;
type Condition = (eb: Datasets) => Expression<SqlBool>;

/**
 * Whether a dataset is shown to the actor, as a condition on `datasets`, for every query that reads it. A virtual raster
 * is shown to who may see all of its sources, and to its owner, who has to learn that some are hidden.
 */
export function visibleTo(actor: Actor | null): Condition {
  if (actor?.role === 'admin') return (eb) => eb.lit(true);
  return (eb) =>
    eb.and([
      isOpen(eb, actor),
      eb.or([
        eb('datasets.record_type', '!=', VIRTUAL),
        ...(actor === null ? [] : [eb('datasets.created_by', '=', actor.userId)]),
        eb.not(hidesSources(eb, actor)),
      ]),
    ]);
}

/** Whether the actor may have a dataset's pixels: {@link visibleTo}, and of a virtual raster all sources, the owner too. */
export function pixelsVisibleTo(actor: Pick<Actor, 'userId' | 'role'> | null): Condition {
  if (actor?.role === 'admin') return (eb) => eb.lit(true);
  return (eb) =>
    eb.and([isOpen(eb, actor), eb.or([eb('datasets.record_type', '!=', VIRTUAL), eb.not(hidesSources(eb, actor))])]);
}

/** What the actor was granted of a dataset. */
export function grantLevelOf(actor: Actor | null): (eb: Datasets) => Expression<GrantLevel | null> {
  return (eb) =>
    actor === null
      ? eb.cast<GrantLevel | null>(eb.lit(null), 'text')
      : eb
          .selectFrom('dataset_grants')
          .select('dataset_grants.level')
          .whereRef('dataset_grants.dataset_id', '=', 'datasets.id')
          .where('dataset_grants.user_id', '=', actor.userId)
          .$asScalar();
}

/** By its own visibility, whatever its sources are. */
function isOpen(eb: Datasets, actor: Pick<Actor, 'userId'> | null): Expression<SqlBool> {
  const open = eb('datasets.visibility', 'in', openTo(actor));
  if (actor === null) return open;
  const grant = eb
    .selectFrom('dataset_grants')
    .select('dataset_grants.user_id')
    .whereRef('dataset_grants.dataset_id', '=', 'datasets.id')
    .where('dataset_grants.user_id', '=', actor.userId);
  return eb.or([
    open,
    eb('datasets.created_by', '=', actor.userId),
    eb.and([eb('datasets.visibility', 'in', GRANTED), eb.exists(grant)]),
  ]);
}

/**
 * Whether a virtual raster has sources that are neither visible to the actor nor shared by its owner. Nothing of it grows
 * with their number: how many are not open to everyone, and how many of these each user sees, is counted when it changes
 * (db/migrations/0006-access.sql).
 */
function hidesSources(eb: Datasets, actor: Pick<Actor, 'userId'> | null): Expression<SqlBool> {
  const hidden = eb
    .selectFrom('vrt_hidden_sources as hidden')
    .select('hidden.dataset_id')
    .whereRef('hidden.dataset_id', '=', 'datasets.id')
    .where((sources) =>
      actor === null
        ? sources(sources('hidden.named', '+', sources.ref('hidden.internal')), '>', 0)
        : sources('hidden.named', '>', seenBy(sources, sources.val(actor.userId))),
    )
    .where((sources) =>
      sources.or([
        sources('hidden.confirmed', '=', false),
        // An owner whom some of them were hidden from does not share them any longer.
        sources.and([
          sources('hidden.named', '>', seenBy(sources, sources.ref('datasets.created_by'))),
          sources.not(
            sources.exists(
              sources
                .selectFrom('users as owners')
                .select('owners.id')
                .whereRef('owners.id', '=', 'datasets.created_by')
                .where('owners.role', '=', 'admin'),
            ),
          ),
        ]),
      ]),
    );
  return eb.exists(hidden);
}

type Hidden = ExpressionBuilder<Tables & { hidden: Tables['vrt_hidden_sources'] }, 'datasets' | 'hidden'>;

/** Of the sources that are not open to all users, how many this one sees. */
function seenBy(eb: Hidden, userId: Expression<string>): Expression<number> {
  const seen = eb
    .selectFrom('vrt_source_readers as readers')
    .select('readers.named')
    .whereRef('readers.dataset_id', '=', 'hidden.dataset_id')
    .whereRef('readers.confirmed', '=', 'hidden.confirmed')
    .where('readers.user_id', '=', userId);
  return eb.fn.coalesce(seen, eb.lit(0));
}
