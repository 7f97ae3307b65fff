import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import pg from 'pg';

/**
 * Marks a query that is asked again and again, for `modifyFront`: each connection has it parsed and planned once, which
 * takes several times as long as looking up a row by its key. For queries that are planned alike whatever their
 * parameters are, and that name their columns: PostgreSQL refuses a kept plan whose columns have become others.
 */
export const PREPARED: RawBuilder<unknown> = sql`/* prepared */`;

const MARK = 'select /* prepared */ ';

/** By text. There are as many as queries are marked, by the kinds of callers that they are asked for. */
const names = new Map<string, string>();

/** A connection that has marked queries as named statements (postgresql.org, "Extended Query"), others as they come. */
export class PreparingClient extends pg.Client {
  override query(...args: never[]): never {
    const [text, values, callback] = args as readonly unknown[];
    const query = super.query.bind(this) as unknown as (...args: readonly unknown[]) => never;
    if (typeof text !== 'string' || !text.startsWith(MARK)) return query(...args);
    return query({ name: nameOf(text), text, values }, callback);
  }
}

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url').slice(0, 22);
    names.set(text, name);
  }
  return name;
}
