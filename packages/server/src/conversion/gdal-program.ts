import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { conversionError, type ConversionRequest, type Converter, GDAL_SETTINGS } from './converter.ts';

const execute = promisify(execFile);

/** Where programs are looked for and what they are told of the machine. */
export interface ProgramEnvironment {
  /** Folders, in order. */
  readonly searchPath: readonly string[];
  /** The few variables that an installation of GDAL may need; nothing else is passed on. */
  readonly variables: Readonly<Record<string, string>>;
}

/** `-if` came with GDAL 3.2; before 3.4, `COG` knew no PREDICTOR for all of our types. */
const OLDEST: readonly [number, number] = [3, 4];
const VERSION_MS = 10_000;
/** Address space of a conversion, in KiB: a file that makes a decoder take more ends the conversion, not the machine. */
const MEMORY_KIB = 4 * 1024 * 1024;
const KEPT_OUTPUT = 16_384;

/** The `gdal_translate` of this machine, or null where there is none that can be used. */
export async function findGdalProgram(environment: ProgramEnvironment): Promise<Converter | null> {
  for (const folder of environment.searchPath) {
    const program = join(folder, 'gdal_translate');
    if (!(await isExecutable(program))) continue;
    const version = await versionOf(program, environment);
    if (version === null) continue;
    return {
      name: `GDAL ${version}`,
      convert: (request, options) => runTranslate(program, environment, request, options),
    };
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** `3.6.2`; null where it cannot be run or is too old. */
async function versionOf(program: string, { variables }: ProgramEnvironment): Promise<string | null> {
  try {
    const { stdout } = await execute(program, ['--version'], { env: { ...variables }, timeout: VERSION_MS });
    const [, version = '', major, minor] = /^GDAL ((\d+)\.(\d+)\.\d+)/.exec(stdout) ?? [];
    const [oldestMajor, oldestMinor] = OLDEST;
    const isUsable = Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
    return isUsable ? version : null;
  } catch {
    // Broken or absent: not usable, and there is another way to go on.
    return null;
  }
}

async function runTranslate(
  program: string,
  { variables }: ProgramEnvironment,
  request: ConversionRequest,
  { signal, onProgress }: Parameters<Converter['convert']>[1],
): Promise<void> {
  signal.throwIfAborted();
  const { input, format, output, args } = request;
  const settings = Object.entries(GDAL_SETTINGS).flatMap(([name, value]) => ['--config', name, value]);
  // Not with -q: writing its progress is how it notices that we are gone.
  const [command, ...words] = limited([program, ...settings, '-if', format, ...args, input, output]);
  const child = spawn(command as string, words, {
    cwd: dirname(output),
    env: { ...variables, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  let complaints = '';
  let shown = '';
  child.stderr.on('data', (text: Buffer) => {
    complaints = (complaints + text.toString()).slice(0, KEPT_OUTPUT);
  });
  child.stdout.on('data', (text: Buffer) => {
    shown = (shown + text.toString()).slice(-64);
    // GDALTermProgress: 0...10...20...
    const percent = /(\d+)\.*$/.exec(shown)?.[1];
    if (percent !== undefined) onProgress(Number(percent) / 100);
  });
  try {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null];
    signal.throwIfAborted();
    if (code === 0) return;
    throw conversionError(firstComplaint(complaints, killedBy), request, [`${dirname(input)}/`, `${dirname(output)}/`]);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** Under Linux, with a limit to its memory (`ulimit -v`; other systems' shells have none that works). */
function limited(command: readonly string[]): readonly string[] {
  if (process.platform !== 'linux') return command;
  return ['/bin/sh', '-c', 'ulimit -v "$0" && exec "$@"', String(MEMORY_KIB), ...command];
}

/** What GDAL said first: what follows is mostly the consequence of it. */
function firstComplaint(complaints: string, killedBy: string | null): string {
  const lines = complaints.split('\n').map((line) => line.trim());
  const first = lines.find((line) => line.startsWith('ERROR')) ?? lines.find((line) => line !== '');
  return first ?? `gdal_translate was ended by ${killedBy ?? 'itself'}`;
}
