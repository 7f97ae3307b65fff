import { join } from 'node:path';

/** A program of the GDAL that tests compare with: in the folder `INLAY_TEST_GDAL_BIN` names, else on the PATH. */
export function gdalProgram(name: string): string {
  const folder = process.env['INLAY_TEST_GDAL_BIN'];
  return folder ? join(folder, name) : name;
}
