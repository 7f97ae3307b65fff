import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What the kernel saw a process do with files of a folder. */
export interface FileCalls {
  /** open, openat, openat2. */
  readonly opens: number;
  /** stat and its relatives: what a check for staleness does. */
  readonly stats: number;
}

/** Time for strace to have let go of, or got hold of, all threads. */
const SETTLE_MS = 500;

/**
 * Counts the file calls of a running process and all its threads (strace) on files below `folder` while `work` runs.
 * They run many times slower then, so nothing is timed meanwhile. Null where strace is not installed.
 */
export async function countFileCalls(
  pid: number,
  folder: string,
  logPath: string,
  work: () => Promise<void>,
): Promise<FileCalls | null> {
  const calls = 'trace=open,openat,openat2,stat,lstat,newfstatat,statx';
  const tracer = spawn('strace', ['-f', '-qq', '-e', calls, '-s', '512', '-o', logPath, '-p', `${pid}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    await once(tracer, 'spawn');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  await delay(SETTLE_MS);
  if (tracer.exitCode !== null) throw new Error('strace could not attach to the server: is ptrace allowed here?');
  await work();
  const ended = once(tracer, 'exit');
  tracer.kill('SIGINT');
  await ended;
  const lines = (await readFile(logPath, 'utf8')).split('\n').filter((line) => line.includes(`"${folder}/`));
  await rm(logPath);
  const opens = lines.filter((line) => /\bopen(?:at2?)?\(/.test(line)).length;
  return { opens, stats: lines.length - opens };
}
