import { type Interval, parseInterval, type SourceStatus } from '@inlay/contract';
import { type Expression, type ExpressionBuilder, type RawBuilder, sql, type SqlBool } from 'kysely';
import type { RecordType, Tables, Visibility } from '../db/tables.ts';

/** What to look for in the catalogue: lists and the sources of virtual rasters are found alike. All of it must match. */
export interface SearchTerms {
  /** Text that the title or the summary contains, whatever its case. */
  readonly q?: string | undefined;
  /** Degrees; west > east crosses the antimeridian. */
  readonly bbox?: readonly [west: number, south: number, east: number, north: number] | undefined;
  /** A moment or an interval, as `parseInterval` of the contract reads it. */
  readonly datetime?: string | undefined;
}

/** When a dataset's pixels were taken: what was stated, else what its file says. */
export const TAKEN_AT: RawBuilder<Date | null> = sql<Date | null>`coalesce(datasets.datetime, rasters.datetime)`;

/** {@link SearchTerms} as a condition on `datasets` joined with `rasters`. */
export function matches(
  terms: SearchTerms,
): (eb: ExpressionBuilder<Tables, 'datasets' | 'rasters'>) => Expression<SqlBool> {
  return (eb) => {
    const conditions: Expression<SqlBool>[] = [];
    if (terms.q !== undefined) {
      const pattern = `%${terms.q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      conditions.push(eb.or([eb('datasets.title', 'ilike', pattern), eb('datasets.summary', 'ilike', pattern)]));
    }
    if (terms.bbox !== undefined) conditions.push(touches(boxText(terms.bbox)));
    const interval = terms.datetime === undefined ? null : parseInterval(terms.datetime);
    if (interval !== null) conditions.push(...during(interval));
    return eb.and(conditions);
  };
}

/** What lists of datasets are narrowed down by; all of it must match. */
export interface DatasetTerms extends SearchTerms {
  readonly recordType?: RecordType;
  readonly visibility?: Visibility;
  readonly health?: SourceStatus;
  /** The job that made them. */
  readonly jobId?: string;
  readonly ids?: readonly string[];
}

/** {@link DatasetTerms} as a condition on `datasets` joined with `rasters`. */
export function fits(
  terms: DatasetTerms,
): (eb: ExpressionBuilder<Tables, 'datasets' | 'rasters'>) => Expression<SqlBool> {
  return (eb) => {
    const conditions = [matches(terms)(eb)];
    if (terms.recordType !== undefined) conditions.push(eb('datasets.record_type', '=', terms.recordType));
    if (terms.visibility !== undefined) conditions.push(eb('datasets.visibility', '=', terms.visibility));
    if (terms.health !== undefined) conditions.push(isInHealth(terms.health));
    if (terms.jobId !== undefined) conditions.push(eb('datasets.job_id', '=', terms.jobId));
    if (terms.ids !== undefined) conditions.push(eb('datasets.id', '=', eb.fn.any(eb.val([...terms.ids]))));
    return eb.and(conditions);
  };
}

/** A stored box may reach past 180 degrees, so the question is asked in both frames. */
function touches(box: string): Expression<SqlBool> {
  return sql<SqlBool>`(datasets.extent && ${box}::box OR datasets.extent && (${box}::box + point(360, 0)) OR datasets.extent && (${box}::box - point(360, 0)))`;
}

function during({ start, end }: Interval): Expression<SqlBool>[] {
  return [
    // In UTC: PostgreSQL takes fewer offsets than RFC 3339 has.
    ...(start === null ? [] : [sql<SqlBool>`${TAKEN_AT} >= ${new Date(start).toISOString()}::timestamptz`]),
    ...(end === null ? [] : [sql<SqlBool>`${TAKEN_AT} <= ${new Date(end).toISOString()}::timestamptz`]),
  ];
}

/** PostgreSQL's `box` of an RFC 7946 bbox; one that crosses the antimeridian goes on past 180 degrees. */
export function boxText([west, south, east, north]: readonly [number, number, number, number]): string {
  return `((${west},${south}),(${west > east ? east + 360 : east},${north}))`;
}

/** Virtual rasters with a source that is so, and rasters whose own file is. */
function isInHealth(status: SourceStatus): RawBuilder<SqlBool> {
  const fileState = status === 'stale' ? 'changed' : status;
  const counted =
    status === 'healthy' ? sql`h.stale + h.missing + h.inaccessible = 0` : sql`${sql.ref(`h.${status}`)} > 0`;
  return sql`(
    EXISTS (SELECT 1 FROM raster_health f WHERE f.dataset_id = datasets.id AND f.state = ${fileState})
    OR EXISTS (SELECT 1 FROM vrt_health h WHERE h.dataset_id = datasets.id AND ${counted}))`;
}
