import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { CliError } from '../error.ts';
import { plural } from '../format.ts';
import { runStep } from '../progress.ts';
import { note, type Terminal } from '../terminal.ts';
import type { BuiltVrt } from './build-vrts.ts';
import { gdalVersion } from './gdal-program.ts';

const execute = promisify(execFile);

/**
 * Has GDAL, where it is installed, open every VRT and read all of its pixels.
 *
 * @returns whether it was checked
 * @throws CliError `cli/gdal-failed` where GDAL finds something else than the catalogue says
 */
export async function checkVrts(
  terminal: Terminal,
  vrts: readonly BuiltVrt[],
  signal: AbortSignal,
  program: string = 'gdalinfo',
): Promise<boolean> {
  const version = await gdalVersion(program);
  if (version === null) {
    note(terminal, '  - Not checked with GDAL: gdalinfo is not on the PATH.');
    return false;
  }
  await runStep(
    terminal,
    `Reading them with GDAL ${version}`,
    async (step) => {
      for (const [index, vrt] of vrts.entries()) {
        step.update(index / vrts.length, vrt.vrt.title);
        await checkVrt(program, vrt, signal);
      }
    },
    () => `${plural(vrts.length, 'VRT')}, all pixels read`,
  );
  return true;
}

async function checkVrt(
  program: string,
  { localFile, dataset: { raster } }: BuiltVrt,
  signal: AbortSignal,
): Promise<void> {
  const name = basename(localFile);
  // A checksum makes GDAL read every pixel, and so open every source.
  const { stdout, stderr } = await execute(program, ['-json', '-checksum', localFile], { signal }).catch((cause) => {
    signal.throwIfAborted();
    throw new CliError('cli/gdal-failed', `gdalinfo cannot open ${name}.`, { cause });
  });
  if (/^ERROR/m.test(stderr)) throw new CliError('cli/gdal-failed', `${name}: ${stderr.trim()}`);
  const { size, bands } = JSON.parse(stdout) as { size: [number, number]; bands: unknown[] };
  const found = `${size.join(' x ')} pixels in ${bands.length} bands`;
  const expected = `${raster?.width} x ${raster?.height} pixels in ${raster?.band_count} bands`;
  if (found !== expected)
    throw new CliError('cli/gdal-failed', `${name} has ${found}; the catalogue says ${expected}.`);
}
