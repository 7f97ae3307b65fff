import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseVrt, sourceAt, sourceFilenames, type VrtDataset, writeModel } from '@inlay/vrt';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const CHUNK_LENGTH = 65_536;

it('100,000 sources take less than 40 MB, and their text none', () => {
  const { model, megabytes } = held(() => parseVrt(mosaic(100_000)));
  assert.equal(model.bands[0]?.sources.count, 100_000);
  assert.ok(megabytes < 40, `${megabytes} MB`);
});

it('200 MB of text are read as they come', () => {
  let length = 0;
  let mostMegabytes = 0;
  const before = megabytesHeld();
  function* watched(): Generator<string> {
    for (const chunk of mosaic(500_000)) {
      if (Math.floor((length + chunk.length) / 50e6) > Math.floor(length / 50e6)) {
        mostMegabytes = Math.max(mostMegabytes, megabytesHeld() - before);
      }
      length += chunk.length;
      yield chunk;
    }
  }
  const model = parseVrt(watched());
  assert.ok(length > 200e6, `${length}`);
  assert.ok(mostMegabytes < 150, `${mostMegabytes} MB`);
  const { sources } = model.bands[0] ?? assert.fail();
  assert.equal(sources.count, 500_000);
  assert.equal(sourceAt(sources, 499_999).sourceFilename?.filename, 'tiles/2024/some scene of a kind-499999.tif');
  let names = 0;
  for (const { filename } of sourceFilenames(model)) names += Number(filename.endsWith(`-${names}.tif`));
  assert.equal(names, 500_000);
});

it('what is kept of a large chunk does not keep the chunk', () => {
  const { model, megabytes } = held(() => {
    const description = `description that is longer than a few characters`;
    const filler = `<!-- ${'x'.repeat(15e6)} -->`;
    return parseVrt([
      `${filler}<VRTDataset rasterXSize="1"><VRTRasterBand><Description>${description}</Description></VRTRasterBand></VRTDataset>`,
    ]);
  });
  assert.match(model.bands[0]?.description ?? '', /^description/);
  assert.ok(megabytes < 5, `${megabytes} MB`);
});

it('a long text in short chunks takes linear time', () => {
  // Looked at once per chunk, it would take hours.
  function* chunks(): Generator<string> {
    yield '<VRTDataset><Long>';
    for (let count = 0; count < 100_000; count += 1) yield 'x'.repeat(100);
    yield '</Long></VRTDataset>';
  }
  const [long] = parseVrt(chunks()).others;
  assert.ok(typeof long === 'object' && 'name' in long);
  const [text] = long.children;
  assert.ok(typeof text === 'string');
  assert.equal(text.length, 10_000_000);
});

it('a large model is written in small chunks', () => {
  const model = parseVrt(mosaic(2_000));
  const chunks = [...writeModel(model)];
  assert.ok(chunks.length > 10 && chunks.every((chunk) => chunk.length < 40_000), `${chunks.length}`);
  assert.deepEqual(parseVrt(chunks), model);
});

/** A mosaic as GDAL writes it, some 430 characters for a source. */
function* mosaic(count: number): Generator<string> {
  let chunk = '<VRTDataset rasterXSize="256000" rasterYSize="256000">\n  <VRTRasterBand dataType="Byte" band="1">\n';
  for (let index = 0; index < count; index += 1) {
    chunk += `    <SimpleSource>
      <SourceFilename relativeToVRT="1">tiles/2024/some scene of a kind-${index}.tif</SourceFilename>
      <SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="256" RasterYSize="256" DataType="Byte" BlockXSize="256" BlockYSize="256" />
      <SrcRect xOff="0" yOff="0" xSize="256" ySize="256" />
      <DstRect xOff="${256 * (index % 1000)}" yOff="${256 * Math.floor(index / 1000)}" xSize="256" ySize="256" />
    </SimpleSource>
`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}  </VRTRasterBand>\n</VRTDataset>\n`;
}

function held(make: () => VrtDataset): { model: VrtDataset; megabytes: number } {
  const before = megabytesHeld();
  const model = make();
  return { model, megabytes: megabytesHeld() - before };
}

function megabytesHeld(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}
