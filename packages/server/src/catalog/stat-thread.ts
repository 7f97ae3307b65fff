// Looks at files one after the other, in a thread of its own: see stat-files.ts.
import { type Stats, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { ABSENT, isAbsence, type FileStates } from './stat-files.ts';

const paths = workerData as readonly string[];
const bytes = new Float64Array(paths.length);
const modifiedMs = new Float64Array(paths.length);
for (const [index, path] of paths.entries()) {
  const found = statOrNull(path);
  const isFile = found?.isFile() === true;
  bytes[index] = isFile ? found.size : ABSENT;
  modifiedMs[index] = isFile ? found.mtime.getTime() : ABSENT;
}
const states: FileStates = { bytes, modifiedMs };
parentPort?.postMessage(states, [bytes.buffer, modifiedMs.buffer]);

function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}
