import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { residentBytes } from './measure.ts';

const run = promisify(execFile);

/** A GDAL whose gdalbuildvrt is the peer. */
export interface GdalBuild {
  readonly version: string;
  readonly program: string;
}

/** One run of gdalbuildvrt as a process, start and end included. */
export interface PeerRun {
  readonly ms: number;
  readonly peakBytes: number;
}

/** How gdalbuildvrt is run: as it comes, or told not to list the folder of every source. */
export type PeerTuning = 'plain' | 'tuned';

const TUNED: Readonly<Record<string, string>> = { GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR' };

/** The system's GDAL, and the one in the folder that INLAY_TEST_GDAL_BIN names; those that can be run. */
export async function findPeers(): Promise<GdalBuild[]> {
  const folder = process.env['INLAY_TEST_GDAL_BIN'];
  const programs = ['gdalbuildvrt', ...(folder ? [join(folder, 'gdalbuildvrt')] : [])];
  const found: GdalBuild[] = [];
  for (const program of programs) {
    try {
      const { stdout } = await run(program, ['--version']);
      found.push({ program, version: /GDAL (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? stdout.trim() });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return found;
}

/** Pythons with GDAL: of the newest, in the folder that INLAY_TEST_GDAL_BIN names, and the first on the PATH. */
export async function findPythons(): Promise<string[]> {
  const folder = process.env['INLAY_TEST_GDAL_BIN'];
  const found = folder ? [join(folder, 'python3-gdal')] : [];
  for (const place of new Set((process.env['PATH'] ?? '').split(delimiter))) {
    const python = join(place, 'python3');
    try {
      await run(python, ['-c', 'import osgeo.gdal']);
    } catch {
      // No Python there, or one without GDAL: the next may have it.
      continue;
    }
    return [...found, python];
  }
  return found;
}

/** Writes the list that `-input_file_list` reads. */
export async function writeFileList(path: string, files: readonly string[]): Promise<void> {
  await writeFile(path, `${files.join('\n')}\n`);
}

/** How often the peer's memory is looked at: its peak stands at the end of its life. */
const LOOK_MS = 10;

export async function runPeer(
  { program }: GdalBuild,
  tuning: PeerTuning,
  output: string,
  fileList: string,
): Promise<PeerRun> {
  const startedAt = performance.now();
  const child = spawn(program, ['-q', '-overwrite', '-input_file_list', fileList, output], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...(tuning === 'tuned' ? TUNED : {}) },
  });
  let peakBytes = 0;
  const looking = setInterval(() => {
    peakBytes = (child.pid === undefined ? null : residentBytes(child.pid))?.peak ?? peakBytes;
  }, LOOK_MS);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    return { ms: performance.now() - startedAt, peakBytes };
  } finally {
    clearInterval(looking);
  }
}

/** What a VRT places where: size, grid and every rectangle, in order. Equal for documents that show the same pixels. */
export async function placesOf(vrtPath: string): Promise<string> {
  const xml = await readFile(vrtPath, 'utf8');
  const size = /rasterXSize="\d+" rasterYSize="\d+"/.exec(xml)?.[0];
  const grid = /<GeoTransform>([^<]*)</.exec(xml)?.[1]?.split(',').map(Number).join(' ');
  const rects = [...xml.matchAll(/<(?:Src|Dst)Rect ([^/]*?) *\/>/g)].map((match) => match[1]);
  return [size, grid, ...rects].join('\n');
}
