// Looks at files one after the other, in a thread of its own: see stat-files.ts.
import { type Stats, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { ABSENT, type FileStates, isAbsence, isDenial } from './stat-files.ts';

const paths = workerData as readonly string[];
const bytes = new Float64Array(paths.length);
const modifiedMs = new Float64Array(paths.length);
const denied = new Uint8Array(paths.length);
for (const [index, path] of paths.entries()) {
  const found = look(path);
  if (found === 'denied') denied[index] = 1;
  const isFile = typeof found === 'object' && found.isFile();
  bytes[index] = isFile ? found.size : ABSENT;
  modifiedMs[index] = isFile ? found.mtime.getTime() : ABSENT;
}
const states: FileStates = { bytes, modifiedMs, denied };
parentPort?.postMessage(states, [bytes.buffer, modifiedMs.buffer, denied.buffer]);

function look(path: string): Stats | 'absent' | 'denied' {
  try {
    return statSync(path);
  } catch (error) {
    if (!isAbsence(error)) throw error;
    return isDenial(error) ? 'denied' : 'absent';
  }
}
