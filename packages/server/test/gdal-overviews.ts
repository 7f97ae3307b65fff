import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** gdaladdo: overviews of a file, by averaging unless told otherwise, of the GDAL that INLAY_TEST_GDAL_BIN names. */
export async function addOverviews(path: string, factors: readonly number[], resampling = 'average'): Promise<void> {
  const folder = process.env['INLAY_TEST_GDAL_BIN'];
  const program = folder ? join(folder, 'gdaladdo') : 'gdaladdo';
  await run(program, ['-q', '-r', resampling, path, ...factors.map(String)]);
}
