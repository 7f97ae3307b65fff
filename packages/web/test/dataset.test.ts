import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { readOptions } from '../src/build/option-texts.ts';
import { ApiError } from '@inlay/sdk';
import { findGdalPython, GDAL_IS_ABSENT, makeGeoTiff } from '@inlay/testing';
import {
  bandsOf,
  datasetSearch,
  formatPlace,
  formatRange,
  gammaOf,
  isChanged,
  parsePlace,
  rangeOf,
  renderQuery,
} from '../src/dataset/picture.ts';
import { EMPTY_EXPORT, exportRefusal, exportRequest } from '../src/dataset/export-request.ts';
import { linkParams, linkQuery, withLink } from '../src/dataset/link.ts';
import { optionErrors, textsOfOptions } from '../src/dataset/rebuild-options.ts';
import { type Snippet, snippetsFor, type SnippetSubject } from '../src/dataset/snippets.ts';
import { describeChanges } from '../src/dataset/source-changes.ts';
import { type App, startApp } from './e2e/app.ts';

const run = promisify(execFile);

const refusalOf = (items: ApiError['items']): ApiError =>
  new ApiError('refused', {
    status: 422,
    code: 'validation_error',
    problem: null,
    items,
    requestId: null,
    retryAfterSeconds: null,
  });

describe('how a dataset is shown, in the URL', () => {
  it('is nothing where the server chooses', () => {
    const search = datasetSearch({ opacity: '100', tab: 'nonsense', at: 'somewhere', bidx: '' });
    assert.deepEqual(renderQuery(search), {});
    assert.equal(isChanged(search), false);
    assert.deepEqual(
      Object.values(search).filter((value) => value !== undefined),
      [],
    );
  });

  it('goes to the tiles by the server’s own names', () => {
    const search = datasetSearch({ bidx: '4,3,2', rescale: '0,3000', opacity: '40', tab: 'facts', at: '11.5, 48.1' });
    assert.deepEqual(renderQuery(search), { bidx: '4,3,2', rescale: '0,3000' });
    assert.equal(search.opacity, '40');
    assert.equal(search.tab, 'facts');
    assert.equal(search.at, '11.500000,48.100000');
  });

  it('reads bands, stretches and gammas, and nothing of what is none', () => {
    assert.deepEqual(bandsOf('4,3,2'), [4, 3, 2]);
    assert.deepEqual(bandsOf('a,0,-1,1.5'), []);
    assert.deepEqual(rangeOf('-5,1e3'), [-5, 1000]);
    for (const text of [undefined, 'minmax', 'p2,p98', '1', '1,2,3', ',5']) assert.equal(rangeOf(text), null, text);
    assert.equal(gammaOf('gamma rgb 1.4'), 1.4);
    for (const text of [undefined, 'saturation 2', 'gamma rgb 0', 'gamma rg 2']) assert.equal(gammaOf(text), 1, text);
  });

  it('writes a stretch with the digits that dragging has', () => {
    assert.equal(formatRange(12.3456789, 812.98765, 800), '12.3,813');
    assert.equal(formatRange(0.000123456, 0.00987654, 0.01), '0.00012,0.00988');
  });

  it('reads places as people type them, and only those on Earth', () => {
    for (const text of ['11.5,48.1', '11.5 48.1', ' 11.5 ,  48.1 ', '11.5;48.1']) {
      assert.deepEqual(parsePlace(text), { lon: 11.5, lat: 48.1 }, text);
    }
    for (const text of ['', '11.5', '11.5,91', '181,0', 'a,b', '1,2,3']) assert.equal(parsePlace(text), null, text);
    assert.equal(formatPlace({ lon: -0.5, lat: 12.3456789 }), '-0.500000,12.345679');
  });
});

describe('the link that a page was opened by', () => {
  it('goes to the API as it is, and is none by halves', () => {
    const link = linkParams({ sig: 's-0f.Ab_-', exp: '1790000000', tab: 'facts' });
    assert.deepEqual(link, { sig: 's-0f.Ab_-', exp: '1790000000' });
    assert.deepEqual(linkQuery(link), { sig: 's-0f.Ab_-', exp: 1_790_000_000 });
    assert.equal(withLink('/api/x', link), '/api/x?sig=s-0f.Ab_-&exp=1790000000');
    assert.equal(withLink('/api/x?size=2', link), '/api/x?size=2&sig=s-0f.Ab_-&exp=1790000000');
    for (const half of [{ sig: 'x' }, { exp: '1' }, { sig: 'x', exp: 'soon' }, {}]) {
      assert.deepEqual(linkQuery(linkParams(half)), {});
      assert.equal(withLink('/api/x', linkParams(half)), '/api/x');
    }
  });
});

describe('options of the last build', () => {
  it('are typed as what is read as the same options', () => {
    const options = {
      crs: 'EPSG:32633',
      resolution: [10, 20] as [number, number],
      bounds: [0.1 + 0.2, -5, 1e7, 5_400_000] as [number, number, number, number],
      bands: [3, 'red'],
      nodata: [0, 'nan'],
      align: true,
      snap: false,
      source_order: 'datetime',
      pixel_function: 'mean',
    } as const satisfies Record<string, unknown>;
    const texts = textsOfOptions({ ...options, bands: [...options.bands], nodata: [...options.nodata] });
    assert.equal(texts.bounds, '0.3, -5, 10000000, 5400000');
    assert.equal(texts.nodata, '0, nan');
    const { snap: _off, ...others } = options;
    assert.deepEqual(readOptions(texts), { options: { ...others, bounds: [0.3, -5, 1e7, 5_400_000] }, errors: {} });
  });

  it('have the server’s objections beside them', () => {
    const item = (loc: string[], msg: string) => ({ loc, msg, type: 'invalid_option', input: null });
    const refusal = refusalOf([
      item(['body', 'options', 'crs'], 'no such CRS'),
      item(['body', 'options', 'crs'], 'nor this'),
    ]);
    assert.deepEqual(optionErrors(refusal), { crs: 'no such CRS' });
    assert.deepEqual(optionErrors(new Error('offline')), {});
  });
});

describe('an export', () => {
  const draft = { ...EMPTY_EXPORT, clip: null };

  it('asks for what was typed, and leaves the rest to the dataset', () => {
    const plain = { resampling: 'nearest', format: 'cog', compression: 'deflate' };
    assert.deepEqual(exportRequest(draft, 'EPSG:4326'), { body: plain, errors: {} });
    const typed = {
      ...draft,
      clip: [11, 47.5, 12, 48] as const,
      crs: '32633',
      resolution: '10, 20',
      bands: '3 2',
      title: ' Cut ',
    };
    assert.deepEqual(exportRequest(typed, 'EPSG:4326').body, {
      ...plain,
      bbox: [11, 47.5, 12, 48],
      crs: 'EPSG:32633',
      resolution: [10, 20],
      bidx: [3, 2],
      as_dataset: true,
      title: 'Cut',
    });
    const own = exportRequest({ ...draft, bounds: '0, 1, 2e5, 3' }, 'EPSG:32633').body;
    assert.deepEqual([own?.bbox, own?.coord_crs], [[0, 1, 200_000, 3], 'EPSG:32633']);
  });

  it('says of each field what cannot be read', () => {
    const wrong = { ...draft, bounds: '1, 2', crs: 'Mercator', resolution: '-1', bands: '0', title: ' ' };
    const { body, errors } = exportRequest(wrong, 'EPSG:4326');
    assert.equal(body, null);
    assert.deepEqual(Object.keys(errors).toSorted(), ['bands', 'clip', 'crs', 'resolution', 'title']);
    assert.match(exportRequest({ ...draft, clip: [179, 0, -179, 1] }, null).errors.clip ?? '', /antimeridian/);
  });

  it('has the server’s objections at the fields that they are about, and the others together', () => {
    const item = (loc: string[], msg: string) => ({ loc, msg, type: 'value_error', input: null });
    const refusal = refusalOf([
      item(['body', 'bidx', '0'], 'Value error, there is no band 9 of 3'),
      item(['body'], 'Too large'),
    ]);
    assert.deepEqual(exportRefusal(refusal), { errors: { bands: 'there is no band 9 of 3' }, rest: 'Too large' });
    assert.deepEqual(exportRefusal(new Error('offline')), { errors: {}, rest: null });
  });
});

describe('changes of sources', () => {
  it('are told in words, and are none where the list is as it was', () => {
    assert.equal(describeChanges(['a', 'b'], ['a', 'b']), null);
    assert.equal(describeChanges(['a', 'b'], ['b', 'a']), 'Order changed');
    assert.equal(describeChanges(['a', 'b', 'c'], ['c', 'a']), '1 source removed, order changed');
    assert.equal(describeChanges(['a', 'b'], ['d', 'a', 'e', 'b']), '2 sources added');
    assert.equal(describeChanges(['a', 'b', 'c'], ['a', 'd', 'c']), '1 source added, 1 source removed');
  });
});

describe('snippets', () => {
  let app: App;
  let token = '';
  let folder = '';
  const subjects: Partial<Record<'private' | 'public' | 'mosaic', SnippetSubject>> = {};
  before(async () => {
    app = await startApp();
    folder = await mkdtemp(join(tmpdir(), 'inlay-snippets-'));
    token = (await app.admin.createApiKey({ name: 'snippets', expires_in_days: 1 })).key;
    const raster = (west: number) =>
      makeGeoTiff({ width: 32, height: 32, bands: 3, origin: [west, 50], resolution: 0.1, epsg: 4326 });
    const common = { serverUrl: app.url, isPlaced: true, parameters: { rescale: '0,200' } } as const;
    const link = async (id: string) => await app.admin.tileToken(id, { expires_in: 600 });
    const closed = await app.addRaster(raster(10), { title: 'Kept "private" $(for now)' });
    const open = await app.addRaster(raster(13.2), { title: 'Open', visibility: 'public' });
    const { job_id: job } = await app.admin.createVrt({
      title: 'Both',
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      source_dataset_ids: [closed, open],
    });
    const mosaic = (await app.admin.waitForJob(job)).dataset_id ?? '';
    subjects.private = {
      ...common,
      id: closed,
      title: 'Kept "private" $(for now)',
      isVirtual: false,
      files: 'token',
      tiles: 'link',
      link: await link(closed),
    };
    subjects.public = {
      ...common,
      id: open,
      title: 'Open',
      isVirtual: false,
      files: 'public',
      tiles: 'public',
      link: null,
    };
    subjects.mosaic = {
      ...common,
      id: mosaic,
      title: 'Both',
      isVirtual: true,
      files: 'token',
      tiles: 'link',
      link: await link(mosaic),
    };
  });
  after(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  const snippet = (subject: SnippetSubject | undefined, name: string): string => {
    const all: readonly Snippet[] = subject === undefined ? [] : snippetsFor(subject);
    return all.find((one) => one.name === name)?.text ?? '';
  };
  const shell = async (text: string): Promise<string> => {
    const gdal = process.env['INLAY_TEST_GDAL_BIN'];
    const path = [...(gdal === undefined ? [] : [gdal]), process.env['PATH']].join(delimiter);
    const { stdout } = await run('sh', ['-c', text], { cwd: folder, env: { PATH: path, INLAY_TOKEN: token } });
    return stdout;
  };

  it('open the dataset in GDAL as they are', async (t) => {
    if (
      await shell('gdalinfo --version').then(
        () => false,
        () => true,
      )
    ) {
      assert.equal(process.env['CI'], undefined, 'gdalinfo is not there');
      t.skip('gdalinfo is not there');
      return;
    }
    assert.match(await shell(snippet(subjects.private, 'GDAL')), /Driver: GTiff[^]*Size is 32, 32/);
    assert.match(await shell(snippet(subjects.public, 'GDAL')), /Driver: GTiff[^]*Size is 32, 32/);
    assert.match(await shell(snippet(subjects.mosaic, 'GDAL')), /Driver: VRT[^]*Size is 64, 32/);
    assert.match(await shell(`gdalinfo "WMTS:${snippet(subjects.private, 'QGIS, WMTS')}"`), /Driver: WMTS[^]*Band 1/);
  });

  it('open the dataset in Python with GDAL’s own bindings as they are', async (t) => {
    const python = await findGdalPython();
    if (python === null) {
      t.skip(GDAL_IS_ABSENT);
      return;
    }
    const runPython = async (subject: SnippetSubject | undefined): Promise<string> => {
      const env = { PATH: process.env['PATH'], INLAY_TOKEN: token };
      return (await run(python, ['-c', snippet(subject, 'GDAL in Python')], { cwd: folder, env })).stdout.trim();
    };
    assert.equal(await runPython(subjects.private), '32 32 3');
    assert.equal(await runPython(subjects.public), '32 32 3');
    assert.equal(await runPython(subjects.mosaic), '64 32 3');
  });

  it('carry a link that opens files, where somebody came by one', async () => {
    const { private: subject } = subjects;
    assert.ok(subject !== undefined);
    const { sig, exp } = await app.admin.createShare(subject.id, { downloads: true });
    const held: SnippetSubject = { ...subject, title: 'By a link', files: 'link', link: { sig, exp } };
    assert.doesNotMatch(snippet(held, 'curl'), /INLAY_TOKEN/);
    await shell(snippet(held, 'curl'));
    assert.equal((await readFile(join(folder, 'By-a-link.tif'))).subarray(0, 2).toString(), 'II');
  });

  it('download the file with curl as they are, whatever the title', async () => {
    await shell(snippet(subjects.private, 'curl'));
    await shell(snippet(subjects.mosaic, 'curl'));
    const tiff = await readFile(join(folder, 'Kept-private-for-now.tif'));
    assert.equal(tiff.subarray(0, 2).toString(), 'II');
    assert.match(await readFile(join(folder, 'Both.vrt'), 'utf8'), /^<VRTDataset rasterXSize="64" rasterYSize="32"/);
  });

  it('show tiles where no header can be sent', async () => {
    for (const subject of [subjects.private, subjects.public, subjects.mosaic]) {
      const xyz = snippet(subject, 'QGIS, XYZ tiles').replace('{z}', '5').replace('{x}', '17').replace('{y}', '10');
      const tile = await fetch(xyz);
      assert.equal(tile.status, 200, xyz);
      assert.equal(tile.headers.get('content-type'), 'image/png');
      const url = /url: '([^']+)'/.exec(snippet(subject, 'MapLibre'))?.[1] ?? '';
      const tileJson: unknown = await (await fetch(url)).json();
      assert.partialDeepStrictEqual(tileJson, { tilejson: '3.0.0', tileSize: 256 });
    }
  });

  it('of tiles are left out where they would not work', () => {
    const { private: subject } = subjects;
    assert.ok(subject !== undefined);
    assert.deepEqual(
      snippetsFor({ ...subject, tiles: null }).map(({ name }) => name),
      ['GDAL', 'rasterio', 'GDAL in Python', 'curl'],
    );
    assert.deepEqual(
      snippetsFor({ ...subject, isPlaced: false }).map(({ name }) => name),
      ['GDAL', 'rasterio', 'GDAL in Python', 'curl'],
    );
    assert.deepEqual(
      snippetsFor({ ...subject, files: null }).map(({ name }) => name),
      ['QGIS, XYZ tiles', 'QGIS, WMTS', 'MapLibre'],
    );
  });
});
