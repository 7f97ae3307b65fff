import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Client } from '@inlay/sdk';
import { CliError, downloadVrt } from '@inlay/cli';
import { parseVrt, sourceFilenames } from '@inlay/vrt';
import { temporaryFolder } from './screen.ts';

const never = new AbortController().signal;
const ID = 'e268dfef-3f1c-417b-817b-157930f03c53';
const FIRST_BUILD = '3cd3a77e-4095-4ba4-9863-e893443dde95';
const SECOND_BUILD = '7ddbdcff-4cc7-4d01-8991-2fde2d5049de';

function vrtOf(...names: readonly string[]): string {
  const sources = names.map(
    (name) => `    <SimpleSource>
      <SourceFilename relativeToVRT="0">${name}</SourceFilename>
      <SourceBand>1</SourceBand>
    </SimpleSource>
`,
  );
  const band = (number: number): string =>
    `  <VRTRasterBand dataType="Byte" band="${number}">\n${sources.join('')}  </VRTRasterBand>\n`;
  return `<VRTDataset rasterXSize="2" rasterYSize="2">\n${band(1)}${band(2)}</VRTDataset>\n`;
}

/** A server with one virtual raster, of so many chunks; `asked` is what it was asked for. */
function fakeClient(build: string, chunkCount: number): { client: Client; asked: string[] } {
  const asked: string[] = [];
  const folder = `/vsicurl/https://a.example/inlay/api/datasets/${ID}/download/vrt/generations/${build}/chunks`;
  const chunks = Array.from({ length: chunkCount }, (_, index) => `${folder}/${index + 1}.vrt`);
  const client: Pick<Client, 'downloadVrt' | 'downloadVrtChunk'> = {
    downloadVrt: (id, { sources = 'http', flat = false } = {}) => {
      asked.push(`${id} ${sources}${flat ? ' flat' : ''}`);
      const isRoot = chunkCount > 0 && sources === 'http' && !flat;
      return Promise.resolve(isRoot ? vrtOf(...chunks) : vrtOf(`${sources}.tif`));
    },
    downloadVrtChunk: (_id, generationId, number, { sources } = {}) => {
      asked.push(`${generationId} ${number} ${sources}`);
      return Promise.resolve(vrtOf(`${generationId} ${number} ${sources}.tif`));
    },
  };
  return { client: client as Client, asked };
}

function namesIn(path: string): { filename: string; relativeToVRT: boolean }[] {
  const names = Array.from(sourceFilenames(parseVrt(readFileSync(path, 'utf8'))));
  return names.map(({ filename, relativeToVRT }) => ({ filename, relativeToVRT }));
}

for (const sources of ['http', 'local'] as const) {
  test(`a virtual raster in one piece is one file, its sources named as asked for: ${sources}`, async (t) => {
    const path = join(temporaryFolder(t), 'coast.vrt');
    const { client } = fakeClient(FIRST_BUILD, 0);
    const saved = await downloadVrt(client, ID, path, { sources, isFlat: false }, never);
    assert.deepEqual(saved, { bytes: readFileSync(path).length, folder: null, chunkCount: 0 });
    assert.equal(namesIn(path)[0]?.filename, `${sources}.tif`);
  });

  test(`a large mosaic is a file and a folder of chunks that it names beside it: ${sources}`, async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'coast & "sea".VRT');
    const { client, asked } = fakeClient(FIRST_BUILD, 12);
    const saved = await downloadVrt(client, ID, path, { sources, isFlat: false }, never);
    const chunks = join(folder, 'coast & "sea".chunks');
    assert.deepEqual([saved.folder, saved.chunkCount], [chunks, 12]);
    assert.equal(asked.length, 13);
    const expected = Array.from({ length: 12 }, (_, index) => ({
      filename: `coast & "sea".chunks/${FIRST_BUILD}/${index + 1}.vrt`,
      relativeToVRT: true,
    }));
    assert.deepEqual(namesIn(path), [...expected, ...expected]);
    let bytes = readFileSync(path).length;
    for (const { filename } of expected) {
      const chunk = join(folder, filename);
      bytes += readFileSync(chunk).length;
      const number = /(\d+)\.vrt$/.exec(filename)?.[1];
      assert.equal(namesIn(chunk)[0]?.filename, `${FIRST_BUILD} ${number} ${sources}.tif`);
    }
    assert.equal(saved.bytes, bytes);
  });
}

test('--flat saves a large mosaic as one file', async (t) => {
  const folder = temporaryFolder(t);
  const { client, asked } = fakeClient(FIRST_BUILD, 12);
  const saved = await downloadVrt(client, ID, join(folder, 'a.vrt'), { sources: 'http', isFlat: true }, never);
  assert.equal(saved.chunkCount, 0);
  assert.deepEqual(asked, [`${ID} http flat`]);
  assert.deepEqual(readdirSync(folder), ['a.vrt']);
});

test('a later download takes the place of an earlier one, chunks of another build included', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'coast.vrt');
  const options = { sources: 'http', isFlat: false } as const;
  await downloadVrt(fakeClient(FIRST_BUILD, 12).client, ID, path, options, never);
  writeFileSync(join(folder, 'coast.chunks', 'notes.txt'), 'mine');
  mkdirSync(join(folder, 'coast.chunks', 'kept'));
  await downloadVrt(fakeClient(SECOND_BUILD, 3).client, ID, path, options, never);
  assert.deepEqual(readdirSync(join(folder, 'coast.chunks')).sort(), [SECOND_BUILD, 'kept', 'notes.txt']);
  assert.equal(namesIn(path).length, 6);
  for (const { filename } of namesIn(path)) assert.ok(existsSync(join(folder, filename)), filename);
});

test('what fails midway leaves the earlier download whole', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'coast.vrt');
  const options = { sources: 'http', isFlat: false } as const;
  await downloadVrt(fakeClient(FIRST_BUILD, 3).client, ID, path, options, never);
  const { client } = fakeClient(SECOND_BUILD, 3);
  const failing = {
    ...client,
    downloadVrtChunk: (...args: Parameters<Client['downloadVrtChunk']>) =>
      args[2] === 2 ? Promise.reject(new Error('gone')) : client.downloadVrtChunk(...args),
  };
  await assert.rejects(downloadVrt(failing, ID, path, options, never), /gone/);
  for (const { filename } of namesIn(path)) {
    assert.ok(filename.includes(FIRST_BUILD));
    assert.ok(existsSync(join(folder, filename)), filename);
  }
});

test('a file that is no VRT is left alone, before anything is written', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'coast.tif'), 'a raster');
  const { client } = fakeClient(FIRST_BUILD, 3);
  const download = downloadVrt(client, ID, join(folder, 'coast.tif'), { sources: 'http', isFlat: false }, never);
  await assert.rejects(download, (error) => error instanceof CliError && error.code === 'cli/refused');
  assert.deepEqual(readdirSync(folder), ['coast.tif']);
});
