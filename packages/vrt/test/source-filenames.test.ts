import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseVrt, sourceFilenames } from '@inlay/vrt';
import { DOCUMENTS } from './vrt-documents.ts';

describe('sourceFilenames', () => {
  const names = (xml: string): string[] =>
    [...sourceFilenames(parseVrt(xml))].map(({ filename, relativeToVRT }) => `${relativeToVRT ? './' : ''}${filename}`);

  it('names the files of sources, masks, overviews and raw bands', () => {
    assert.deepEqual(names(DOCUMENTS.mosaic), [
      'a.tif',
      './b&<c>.tif',
      'c.tif',
      './band-mask.tif',
      './over.tif',
      'mask.tif',
    ]);
    assert.deepEqual(names(DOCUMENTS.derived), ['a.tif', 'raw.bin']);
    assert.deepEqual(names(DOCUMENTS.unknown), ['1.tif', '2.tif', '3.tif', 'm.tif', 'n.tif']);
  });

  it('names the files of warped, pansharpened and processed datasets', () => {
    assert.deepEqual(names(DOCUMENTS.warped), ['./warp.tif', 'dem.tif', 'lon.tif', 'lat.tif']);
    assert.deepEqual(names(DOCUMENTS.pansharpened), ['pan.tif', './red.tif']);
    assert.deepEqual(names(DOCUMENTS.processed), ['in.tif', './gain.tif', './trim.tif']);
  });

  it('names the files of VRTs inside, as elements and as text', () => {
    assert.deepEqual(names(DOCUMENTS.nested), ['deep.tif', 'text "1".tif', 'text 2.tif']);
  });

  it('names what hides where GDAL looks too', () => {
    const hidden = (xml: string): string[] => names(`<VRTDataset><VRTRasterBand>${xml}</VRTRasterBand></VRTDataset>`);
    assert.deepEqual(hidden('<SimpleSource SourceFilename="/a"/>'), ['/a']);
    assert.deepEqual(hidden('<simplesource><sourcefilename relativetovrt=" 1x">/a</sourcefilename></simplesource>'), [
      './/a',
    ]);
    assert.deepEqual(hidden('<SimpleSource><SourceFilename><!--/a-->b</SourceFilename></SimpleSource>'), ['/a']);
    assert.deepEqual(hidden('<X><SourceFilename>a</SourceFilename></X>'), ['a']);
    assert.deepEqual(
      hidden('<SimpleSource><SourceFilename>a</SourceFilename><SourceFilename>b</SourceFilename></SimpleSource>'),
      ['a', 'b'],
    );
    assert.deepEqual(
      hidden('<ArraySource><SingleSourceArray><SourceFilename>a</SourceFilename></SingleSourceArray></ArraySource>'),
      ['a'],
    );
  });

  it('refuses a VRT inside that it cannot read, rather than leave out what it names', () => {
    const escaped = '&lt;VRTDataset a=1>&lt;SourceFilename>x&lt;/SourceFilename>&lt;/VRTDataset>'.replaceAll(
      '>',
      '&gt;',
    );
    const xml = `<VRTDataset><VRTRasterBand><SimpleSource><SourceFilename>${escaped}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>`;
    assert.throws(() => names(xml), { code: 'vrt/malformed-xml' });
  });

  it('stops where VRTs as text stand in each other too deep', () => {
    let xml = '<VRTDataset/>';
    for (let depth = 0; depth < 17; depth += 1) {
      // CDATA does not nest: its end is cut in two.
      const text = `<![CDATA[${xml.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
      const filename = text.includes(']]]]>') ? escapeText(xml) : text;
      xml = `<VRTDataset><VRTRasterBand><SimpleSource><SourceFilename>${filename}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>`;
    }
    assert.throws(() => names(xml), { code: 'vrt/too-large' });
  });
});

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
