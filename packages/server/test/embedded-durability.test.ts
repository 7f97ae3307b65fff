import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, it } from 'node:test';
import pg from 'pg';
import { startEmbeddedDatabase } from '../src/db/embedded.ts';

const KILLS = 3;
const ROWS_BEFORE_KILL = 200;

let dataDir: string;
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'inlay-kill-'));
});
after(() => rm(dataDir, { recursive: true, force: true }));

it('has every acknowledged row after its process was killed, several times over', async (t) => {
  let acknowledged = -1;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const writer = startWriter();
    for await (const line of createInterface(writer.stdout)) {
      acknowledged = Number(line);
      if (acknowledged === kill * ROWS_BEFORE_KILL) writer.kill('SIGKILL');
    }
    await ended(writer);
    assert.equal(writer.signalCode, 'SIGKILL');
  }

  const started = performance.now();
  const database = await startEmbeddedDatabase({ dataDir });
  t.diagnostic(`reopened in ${Math.round(performance.now() - started)} ms`);
  const client = new pg.Client(database.connection);
  await client.connect();
  const { rows } = await client.query<{ count: number; least: number; greatest: number }>(
    'SELECT count(*)::int AS count, min(n) AS least, max(n) AS greatest FROM rows',
  );
  await client.end();
  await database.close();
  const { count, least, greatest } = rows[0] ?? { count: 0, least: -1, greatest: -1 };
  assert.ok(acknowledged >= KILLS * ROWS_BEFORE_KILL);
  assert.equal(least, 0);
  assert.equal(count, greatest + 1, 'no gaps');
  // One row may be committed whose acknowledgement the kill cut off.
  assert.ok(
    greatest === acknowledged || greatest === acknowledged + 1,
    `${greatest} stored, ${acknowledged} acknowledged`,
  );
});

it('names the process that holds the folder, and lets go of it when that process is killed', async () => {
  const writer = startWriter();
  await once(writer.stdout, 'data');
  await assert.rejects(startEmbeddedDatabase({ dataDir }), { code: 'database/in-use', details: { pid: writer.pid } });
  writer.kill('SIGKILL');
  await ended(writer);
  const database = await startEmbeddedDatabase({ dataDir });
  await database.close();
});

function startWriter(): ChildProcessByStdio<null, Readable, null> {
  const script = join(import.meta.dirname, 'embedded-writer.ts');
  return spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function ended(child: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
