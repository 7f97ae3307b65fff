// Looks at files one after the other, in a thread of its own: see stat-files.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { statFilesHere } from './stat-files.ts';

const states = statFilesHere(workerData as readonly string[]);
parentPort?.postMessage(states, [states.bytes.buffer, states.modifiedMs.buffer, states.denied.buffer]);
