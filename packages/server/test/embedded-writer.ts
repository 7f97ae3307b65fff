// Run by embedded-durability.test.ts as a process of its own, to be killed: appends numbered rows to the database of
// the data folder given, and prints the number of each once it is committed.
import pg from 'pg';
import { startEmbeddedDatabase } from '../src/db/embedded.ts';

const [dataDir = ''] = process.argv.slice(2);
const database = await startEmbeddedDatabase({ dataDir });
const client = new pg.Client(database.connection);
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS rows (n int PRIMARY KEY, filler text NOT NULL)');
const { rows } = await client.query<{ next: number }>('SELECT coalesce(max(n) + 1, 0) AS next FROM rows');
for (let n = rows[0]?.next ?? 0; ; n += 1) {
  await client.query('BEGIN');
  await client.query('INSERT INTO rows VALUES ($1, $2)', [n, 'x'.repeat(500)]);
  await client.query('COMMIT');
  process.stdout.write(`${n}\n`);
}
