// One VRT of all GeoTIFFs in a folder, without a server:
//
//   npx node examples/01-mosaic-a-folder.ts [FOLDER] [OUTPUT.vrt]
//
// Reads the header of each file, plans the mosaic, writes it. No pixel is read.
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { localRasterFiles, openRaster } from '@inlay/geotiff';
import { planMosaic, type VrtSourceInput, writeVrt } from '@inlay/vrt';

const [folder = 'fixtures/tiles', output = 'mosaic.vrt'] = process.argv.slice(2);

const names = (await readdir(folder)).filter((name) => /\.tiff?$/i.test(name)).sort();
const sources: VrtSourceInput[] = [];
for (const name of names) {
  const raster = await openRaster(await localRasterFiles(join(folder, name)));
  sources.push({ label: name, profile: raster.profile });
  await raster.close();
}

// Where sources overlap, the last one is on top.
const { plan, problems, warnings } = planMosaic(sources, { resolutionStrategy: 'finest' });
for (const { message } of warnings) console.warn(`note: ${message}`);

if (plan === null) {
  // Not an exception: every broken rule of every source, each with its cure.
  for (const { message, fix } of problems) console.error(`${message}. To fix it: ${fix}.`);
  process.exitCode = 1;
} else {
  const fromOutput = relative(dirname(resolve(output)), resolve(folder));
  const document = writeVrt(plan, (index) => ({ filename: join(fromOutput, names[index] ?? ''), relativeToVrt: true }));
  await writeFile(output, document);
  console.log(`${output}: ${plan.grid.width} x ${plan.grid.height} pixels of ${plan.placements.count} sources`);
}
