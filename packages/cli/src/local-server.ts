import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A server that runs on this machine, as found through its data folder. */
export interface LocalServer {
  readonly url: string;
  /** The administrator's token; null where this user may not read it. */
  readonly token: string | null;
}

/**
 * The server running on a data folder, or null. A server writes `server.json` there while it runs and keeps the
 * first administrator's token in `secrets/admin-token`.
 */
export async function findLocalServer(dataFolder: string): Promise<LocalServer | null> {
  const announced = await readTextOrNull(join(dataFolder, 'server.json'));
  if (announced === null) return null;
  const { url, pid } = parseServerFile(announced);
  if (url === null || pid === null || !isRunning(pid)) return null;
  const token = await readTextOrNull(join(dataFolder, 'secrets', 'admin-token'));
  return { url, token: token?.trim() || null };
}

function parseServerFile(json: string): { url: string | null; pid: number | null } {
  try {
    const { url, pid } = JSON.parse(json) as { url?: unknown; pid?: unknown };
    return {
      url: typeof url === 'string' && URL.canParse(url) ? url : null,
      // 0 and negative numbers would address groups of processes (kill(2)).
      pid: typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? pid : null,
    };
  } catch {
    // Being written at this moment, or damaged: the same as no server.
    return { url: null, pid: null };
  }
}

/** Left behind by a server that was killed, the file names a process that is gone. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there, and someone else's
  }
}

async function readTextOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null;
    throw error;
  }
}
