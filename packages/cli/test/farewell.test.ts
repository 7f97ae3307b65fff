import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import {
  type BuiltVrt,
  type Dataset,
  DEMO_VRTS,
  demoFolder,
  farewell,
  type FarewellFacts,
  openTerminal,
  shellWord,
} from '@inlay/cli';
import { recordedStream } from './screen.ts';

const pipe = openTerminal(recordedStream(), recordedStream(), {});

function facts(server: FarewellFacts['server']): FarewellFacts {
  const folder = demoFolder('/home/ada/my demo');
  const vrts = DEMO_VRTS.map((vrt): BuiltVrt => {
    const raster = { width: 2048, height: 1216, band_count: 3, source_count: 11 };
    return {
      vrt,
      dataset: { id: `id-of-${vrt.name}`, raster } as Dataset,
      localFile: `${folder.scenes}/${vrt.name}.vrt`,
      httpFile: `${folder.scenes}/${vrt.name}-over-http.vrt`,
    };
  });
  return { url: 'http://127.0.0.1:8080', folder, workingFolder: '/home/ada', vrts, server };
}

test('at the end every virtual raster and its file is listed, and what to do next', () => {
  const text = farewell(pipe, facts('here'));
  assert.match(text, /The Old World +mosaic +11 +3 +2,048 x 1,216 +'my demo\/scenes\/the-old-world\.vrt'/);
  assert.match(text, /^ +gdalinfo 'my demo\/scenes\/the-old-world\.vrt'$/m);
  assert.match(text, /http:\/\/127\.0\.0\.1:8080\/api\/datasets\/id-of-the-old-world\/quicklook/);
  assert.match(text, /http:\/\/127\.0\.0\.1:8080\/api\/docs/);
  assert.match(
    text,
    /GDAL_HTTP_HEADERS="Authorization: Bearer \$\(cat 'my demo\/data\/secrets\/admin-token'\)" gdalinfo 'my demo\/scenes\/bering-sea-over-http\.vrt'/,
  );
});

test('nothing is said about a server that has already ended', () => {
  const text = farewell(pipe, facts('nowhere'));
  assert.doesNotMatch(text, /http:|Ctrl-C/);
  assert.match(text, /gdalinfo/);
});

test('a server that another window runs is said to be stopped there', () => {
  assert.match(farewell(pipe, facts('in another window')), /^ {2}Ctrl-C there stops the server\.$/m);
  assert.match(farewell(pipe, facts('here')), /^ {2}Ctrl-C stops the server\.$/m);
});

test('a path is one word to a shell, whatever is in it', () => {
  assert.equal(shellWord('plain/path-1.vrt'), 'plain/path-1.vrt');
  for (const word of ["it's", 'a b', '$(id)', '`id`', '"', '\\', 'é']) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' }), word);
  }
});
