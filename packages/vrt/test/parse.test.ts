import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ParseLimits,
  parseVrt,
  sourceAt,
  sourceFilenames,
  sourcesOf,
  VrtError,
  type VrtErrorCode,
  writeModel,
} from '@inlay/vrt';
import { DOCUMENTS } from './vrt-documents.ts';

describe('parseVrt', () => {
  it('reads a mosaic into bands and sources', () => {
    const dataset = parseVrt(DOCUMENTS.mosaic);
    assert.equal(dataset.rasterXSize, 8);
    assert.equal(dataset.rasterYSize, 4);
    assert.deepEqual(dataset.srs, { text: 'EPSG:4326', dataAxisToSRSAxisMapping: [2, 1], coordinateEpoch: 2021.3 });
    assert.deepEqual(dataset.geoTransform, [10, 0.5, 0, 50, 0, -0.5]);
    assert.deepEqual(dataset.overviewList, { resampling: 'nearest', factors: [2, 4] });
    const [band] = dataset.bands;
    assert.ok(band);
    assert.equal(band.dataType, 'Float32');
    assert.ok(Number.isNaN(band.noDataValue));
    assert.deepEqual(band.colorTable, [
      [1, 2, 3, 255],
      [4, 5, 6, 0],
    ]);
    assert.deepEqual(band.categoryNames, ['sea', '', 'land & lake']);
    assert.deepEqual(band.histograms, [
      {
        histMin: -0.5,
        histMax: 255.5,
        bucketCount: 3,
        includeOutOfRange: false,
        approximate: true,
        histCounts: [1, 0, 8589934592],
      },
    ]);
    assert.equal(band.sources.count, 3);
    assert.deepEqual(sourceAt(band.sources, 1), {
      type: 'ComplexSource',
      name: null,
      resampling: 'bilinear',
      sourceFilename: { filename: 'b&<c>.tif', relativeToVRT: true, shared: false },
      vrtDataset: null,
      openOptions: [{ key: 'OVERVIEW_LEVEL', value: '1' }],
      sourceBand: 'mask,2',
      sourceProperties: { rasterXSize: 4, rasterYSize: 3, dataType: 'Int16', blockXSize: 256, blockYSize: 1 },
      srcRect: { xOff: 0.25, yOff: 1e-7, xSize: 4, ySize: 3 },
      dstRect: { xOff: 3.5, yOff: 0, xSize: 4, ySize: 4 },
      useMaskBand: true,
      nodata: 9007199254740993n,
      scaleOffset: 1,
      scaleRatio: -0.1,
      colorTableComponent: 3,
      exponent: 0.5,
      srcMin: 0,
      srcMax: 255,
      dstMin: 1,
      dstMax: 2,
      lut: [
        [0, 255],
        [1.5, -Infinity],
      ],
      kernel: null,
      maskValueThreshold: null,
      remappedValue: null,
      otherAttributes: [],
      others: [],
    });
    assert.deepEqual(sourceAt(band.sources, 2).kernel, {
      normalized: true,
      size: 3,
      coefs: [0, 1, 0, 1, 2, 1, 0, 1, 0],
    });
    assert.equal(dataset.maskBand?.sources.count, 1);
    assert.throws(() => sourceAt(band.sources, 3), RangeError);
  });

  it('reads control points, metadata domains and 64-bit nodata', () => {
    const dataset = parseVrt(DOCUMENTS.domains);
    assert.deepEqual(dataset.gcpList?.gcps, [
      { id: '', info: null, pixel: 0, line: 0, x: 1, y: 2, z: 3 },
      { id: 'b', info: 'corner', pixel: 10, line: 10.5, x: 11, y: 12, z: null },
    ]);
    assert.deepEqual(dataset.metadata, [
      {
        domain: null,
        format: null,
        items: [
          { key: 'A', value: 'x\r\n"y"' },
          { key: 'B', value: null },
        ],
        content: [],
      },
      {
        domain: 'xml:ESRI',
        format: 'xml',
        items: [],
        content: [
          { name: 'a:GeodataXform', attributes: [['xmlns:a', 'urn:x']], children: [{ comment: ' kept ' }, 'text'] },
        ],
      },
      { domain: 'json:ISIS3', format: 'json', items: [], content: ['{"a": [1, 2]}'] },
      { domain: 'RPC', format: null, items: [{ key: 'LINE_OFF', value: '1.5' }], content: [] },
    ]);
    assert.equal(dataset.bands[0]?.noDataValue, -9223372036854775808n);
    assert.equal(dataset.bands[1]?.noDataValue, 18446744073709551615n);
    assert.equal(dataset.bands[2]?.noDataValue, 255);
  });

  it('reads derived, raw, warped, pansharpened and processed parts', () => {
    const [derived, python, raw] = parseVrt(DOCUMENTS.derived).bands;
    assert.equal(derived?.pixelFunctionType, 'scale');
    assert.deepEqual(derived?.pixelFunctionArguments, [
      ['k', '2'],
      ['nodata', 'nan'],
    ]);
    assert.equal(derived?.skipNonContributingSources, true);
    assert.equal(python?.pixelFunctionCode, '\nimport numpy\ndef f(i, o, *a):\n    o[:] = i[0] < i[1]\n');
    assert.deepEqual(
      [raw?.imageOffset, raw?.pixelOffset, raw?.lineOffset, raw?.byteOrder],
      [5_000_000_000, 2, -16, 'LSB'],
    );
    assert.equal(parseVrt(DOCUMENTS.warped).gdalWarpOptions?.children.length, 4);
    assert.equal(parseVrt(DOCUMENTS.pansharpened).pansharpeningOptions?.name, 'PansharpeningOptions');
    assert.equal(parseVrt(DOCUMENTS.processed).processingSteps?.children.length, 2);
  });

  it('keeps what it does not know, and what has no value in the form it should have', () => {
    const { bands, others, otherAttributes } = parseVrt(DOCUMENTS.unknown);
    assert.deepEqual(otherAttributes, [['version', '9']]);
    assert.deepEqual(others.slice(0, 2), [
      { comment: ' a note ' },
      { name: 'Future', attributes: [['a', 'b']], children: ['c'] },
    ]);
    // A mask has one band; of these two, no one could say which is meant.
    assert.match(JSON.stringify(others[2]), /"MaskBand".*m\.tif.*n\.tif/);
    assert.equal(others.length, 3);
    const [band] = bands;
    assert.ok(band);
    assert.equal(band.noDataValue, null);
    assert.equal(band.description, 'first');
    assert.deepEqual(
      band.others.map((node) => (typeof node === 'object' && 'name' in node ? [node.name, node.children] : node)),
      [
        ['NoDataValue', ['many']],
        // After one that could not be read, GDAL would not look at this.
        ['NoDataValue', ['5']],
        ['Description', ['second']],
        ['scale', ['2']],
        ['Scale', ['3']],
      ],
    );
    assert.deepEqual(
      [...sourcesOf(band.sources)].map(({ type }) => type),
      ['SimpleSource', 'FutureSource', 'SimpleSource'],
    );
    assert.deepEqual(sourceAt(band.sources, 1).others, [{ name: 'Depth', attributes: [], children: ['3'] }]);
  });

  it('takes white space, entities and CDATA as GDAL does', () => {
    const descriptions = [
      ['  a b  ', 'a b  '],
      ['&#32; a', '  a'],
      ['\n<![CDATA[  a & b ]]>', '  a & b '],
      ['a\r\nb', 'a\r\nb'],
      ['&amp;lt;&#x41;&#65;&quot;&apos;&#x1F600;', '&lt;AA"\'\u{1f600}'],
      ['<![CDATA[]]>', ''],
      ['<!-- comment -->a', null],
      ['a<b/>', null],
      ['  ', null],
    ] as const;
    for (const [xml, description] of descriptions) {
      const text = `<VRTDataset><VRTRasterBand><Description>${xml}</Description></VRTRasterBand></VRTDataset>`;
      assert.equal(parseVrt(text).bands[0]?.description, description, xml);
    }
  });

  it('reads a document the same in chunks of any size, and as they come', async () => {
    for (const document of Object.values(DOCUMENTS)) {
      const whole = parseVrt([document]);
      for (const size of [1, 2, 7, 100]) {
        const chunks = Array.from({ length: Math.ceil(document.length / size) }, (_, index) =>
          document.slice(size * index, size * (index + 1)),
        );
        assert.deepEqual(parseVrt(chunks), whole);
        assert.deepEqual(await parseVrt(later(chunks)), whole);
      }
    }
  });

  it('skips a byte order mark and an XML declaration, in one chunk or in several', () => {
    const document =
      '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- x --><?y z?>\n<VRTDataset rasterXSize="3" />\n';
    assert.equal(parseVrt(document).rasterXSize, 3);
    assert.deepEqual(parseVrt(document.split('')), parseVrt(document));
  });

  it('reads plain sources and sources in any other layout alike', () => {
    const canonical = mosaic(20, (index) => plainSource(index));
    const shuffled = mosaic(20, (index) =>
      plainSource(index)
        .replace(/xOff="(\S*)" yOff="(\S*)"/g, "yOff='$2'\txOff = '$1'")
        .replace('.tif', '&#46;tif')
        .replaceAll(' />', '></SrcRect>')
        .replace('256"></SrcRect>', '256"/>')
        .replace(/(<DstRect .*)<\/SrcRect>/, '$1</DstRect>'),
    );
    const { sources } = parseVrt(canonical).bands[0]!;
    assert.deepEqual(parseVrt(shuffled).bands[0]?.sources, sources);
    assert.equal(sources.templates.length, 1);
    assert.deepEqual([...sourcesOf(sources)][19], {
      ...sourceAt(sources, 0),
      sourceFilename: { filename: 'tile 19.tif', relativeToVRT: true, shared: null },
      dstRect: { xOff: 19.5, yOff: 0, xSize: 256, ySize: 256 },
    });
  });

  it('does not take a source for a plain one that only looks like it', () => {
    const odd = mosaic(4, (index) => plainSource(index).replace('="1">', '="2">'));
    const { sources } = parseVrt(odd).bands[0]!;
    assert.deepEqual(
      [...sourcesOf(sources)].map(({ sourceFilename }) => sourceFilename),
      [null, null, null, null],
    );
    assert.deepEqual(
      [...sourceFilenames(parseVrt(odd))].map(({ filename }) => filename),
      ['tile 0.tif', 'tile 1.tif', 'tile 2.tif', 'tile 3.tif'],
    );
  });
});

describe('parseVrt refuses', () => {
  const malformed: Readonly<Record<string, readonly [xml: string, position: string]>> = {
    nothing: ['', '1:1'],
    'white space': ['\n  \n', '3:1'],
    'a truncated document': ['<VRTDataset>\n<SRS>', '2:6'],
    'a truncated tag': ['<VRTDataset>\n<SRS a="b', '2:1'],
    'a truncated comment': ['<VRTDataset><!-- ', '1:13'],
    'text after the end': ['<VRTDataset/>x', '1:14'],
    'a second document element': ['<VRTDataset/>\n<a/>', '2:1'],
    'an end tag too many': ['<VRTDataset/></VRTDataset>', '1:14'],
    'the wrong end tag': ['<VRTDataset><a></b></VRTDataset>', '1:16'],
    'an end tag that goes on': ['<VRTDataset><a></a b></VRTDataset>', '1:16'],
    'an attribute twice': ['<VRTDataset a="1" b="2" a="3"/>', '1:1'],
    'one of many attributes twice': [
      `<VRTDataset ${'a b c d e f g h i j k l m n o p q r s a'.replace(/\w/g, '$&="1"')}/>`,
      '1:1',
    ],
    'an attribute without quotes': ['<VRTDataset a=1/>', '1:15'],
    'an attribute without a value': ['<VRTDataset a/>', '1:14'],
    'attributes without white space between': ['<VRTDataset a="1"b="2"/>', '1:18'],
    '"<" in an attribute': ['<VRTDataset a="<"/>', '1:16'],
    'a slash within a tag': ['<VRTDataset /a>', '1:13'],
    'an element without a name': ['<VRTDataset>< a/></VRTDataset>', '1:14'],
    'an unknown entity': ['<VRTDataset>&nbsp;</VRTDataset>', '1:13'],
    'a bare ampersand': ['<VRTDataset>\n a & b</VRTDataset>', '2:4'],
    'a reference to no character': ['<VRTDataset>&#0;</VRTDataset>', '1:13'],
    'a reference to half a character': ['<VRTDataset a="&#xD800;"/>', '1:16'],
    'a reference beyond Unicode': ['<VRTDataset>&#x110000;</VRTDataset>', '1:13'],
    NUL: ['<VRTDataset>\n\u0000</VRTDataset>', '2:1'],
    'a control character': ['<VRTDataset a="\u0007"/>', '1:16'],
    'half a surrogate pair': ['<VRTDataset>\ud83d</VRTDataset>', '1:13'],
    'half a surrogate pair at the end': ['<VRTDataset>\ud83d', '1:13'],
    '"--" in a comment': ['<VRTDataset><!-- a -- b --></VRTDataset>', '1:20'],
    '"]]>" in a text': ['<VRTDataset>a]]></VRTDataset>', '1:14'],
    'CDATA outside': ['<![CDATA[x]]><VRTDataset/>', '1:1'],
    'a declaration that is none': ['<VRTDataset><!ELEMENT a></VRTDataset>', '1:13'],
    'an XML declaration that does not come first': [' <?xml version="1.0"?><VRTDataset/>', '1:2'],
    'an XML declaration in capitals': ['<?XML version="1.0"?><VRTDataset/>', '1:1'],
    'a document type': ['<!DOCTYPE VRTDataset>\n<VRTDataset/>', '1:1'],
    'entities to expand': [
      '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><VRTDataset>&b;</VRTDataset>',
      '2:1',
    ],
    'an entity that names a file': [
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><VRTDataset>&a;</VRTDataset>',
      '1:1',
    ],
  };
  for (const [what, [xml, position]] of Object.entries(malformed)) {
    it(`${what}, and says where it is`, () => {
      for (const chunks of [[xml], xml.split('')]) {
        const error = refusal('vrt/malformed-xml', chunks);
        assert.equal(`${String(error.details['line'])}:${String(error.details['column'])}`, position, error.message);
        assert.match(error.message, /^line \d+, column \d+: /);
      }
    });
  }

  it('positions are right beyond the first chunk', () => {
    const rows = mosaic(1000, (index) => plainSource(index)).replace('tile 900.tif', 'tile 900 & more');
    const error = refusal('vrt/malformed-xml', rows.match(/[^]{1,1000}/g) ?? []);
    const before = rows.slice(0, rows.indexOf('& more'));
    assert.deepEqual(error.details, {
      line: before.split('\n').length,
      column: before.length - before.lastIndexOf('\n'),
    });
  });

  it('other XML', () => {
    for (const xml of ['<html/>', '<OGRVRTDataSource></OGRVRTDataSource>', '<vrtdataset/>', '<x:VRTDataset/>']) {
      refusal('vrt/not-a-vrt', [xml]);
    }
  });

  const tooLarge: readonly (readonly [limits: Partial<ParseLimits>, fits: string, goesBeyond: string])[] = [
    [{ maxLength: 20 }, '<VRTDataset/>       ', '<VRTDataset/>        '],
    [{ maxTokenLength: 20 }, `<VRTDataset a="${'x'.repeat(2)}"/>`, `<VRTDataset a="${'x'.repeat(3)}"/>`],
    [
      { maxTokenLength: 20 },
      `<VRTDataset>${'x'.repeat(20)}</VRTDataset>`,
      `<VRTDataset>${'x'.repeat(21)}</VRTDataset>`,
    ],
    [{ maxDepth: 3 }, '<VRTDataset><a><b/></a></VRTDataset>', '<VRTDataset><a><b><c/></b></a></VRTDataset>'],
    [{ maxAttributes: 2 }, '<VRTDataset a="" b=""/>', '<VRTDataset a="" b="" c=""/>'],
    [{ maxNodes: 3 }, '<VRTDataset a=""><b/></VRTDataset>', '<VRTDataset a=""><b/><b/></VRTDataset>'],
    [{ maxSources: 2 }, mosaic(2, plainSource), mosaic(3, plainSource)],
  ];
  for (const [limits, fits, goesBeyond] of tooLarge) {
    const [[limit, allowed] = []] = Object.entries(limits);
    it(`what goes beyond ${limit} = ${allowed}`, () => {
      parseVrt([fits], limits);
      for (const chunks of [[goesBeyond], goesBeyond.split('')]) {
        assert.deepEqual(refusal('vrt/too-large', chunks, limits).details, { limit, allowed });
      }
    });
  }

  it('a nesting of a million elements, at the limit and not at the bottom', () => {
    refusal('vrt/too-large', [`<VRTDataset>${'<a>'.repeat(1_000_000)}`]);
  });

  it('rejects the promise where the chunks come later', async () => {
    await assert.rejects(parseVrt(later(['<VRTDataset>', '&x;'])), { code: 'vrt/malformed-xml' });
  });
});

describe('writeModel', () => {
  it('writes what parseVrt reads as the same model', () => {
    for (const [name, document] of Object.entries(DOCUMENTS)) {
      const model = parseVrt(document);
      const written = [...writeModel(model)].join('');
      assert.deepEqual(parseVrt(written), model, name);
      assert.equal([...writeModel(parseVrt(written))].join(''), written, name);
    }
  });

  it('refuses file names that XML cannot hold', () => {
    const model = parseVrt(DOCUMENTS.mosaic);
    const [band] = model.bands;
    const sources = { ...band!.sources, filenames: ['a\u0001.tif', 'b', 'c'] };
    assert.throws(() => [...writeModel({ ...model, bands: [{ ...band!, sources }] })], {
      code: 'vrt/unwritable-file-name',
    });
  });

  it('does not let names or comments of a model become markup', () => {
    const model = parseVrt('<VRTDataset/>');
    const element = { name: 'a><b', attributes: [], children: [] };
    assert.throws(() => [...writeModel({ ...model, others: [element] })], RangeError);
    const written = [...writeModel({ ...model, others: [{ comment: 'a--><b/>-' }, { instruction: 'x ?><b/>' }] })].join(
      '',
    );
    assert.deepEqual(parseVrt(written).others, [{ comment: 'a- -><b/>- ' }, { instruction: 'x ? ><b/>' }]);
  });
});

async function* later(chunks: readonly string[]): AsyncGenerator<string> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

function refusal(code: VrtErrorCode, chunks: readonly string[], limits?: Partial<ParseLimits>): VrtError {
  try {
    parseVrt(chunks, limits);
  } catch (error) {
    assert.ok(error instanceof VrtError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`accepted: ${chunks.join('').slice(0, 200)}`);
}

function plainSource(index: number): string {
  return `    <SimpleSource>
      <SourceFilename relativeToVRT="1">tile ${index}.tif</SourceFilename>
      <SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="256" RasterYSize="256" DataType="Byte" BlockXSize="256" BlockYSize="256" />
      <SrcRect xOff="0" yOff="0" xSize="256" ySize="256" />
      <DstRect xOff="${index}.5" yOff="0" xSize="256" ySize="256" />
    </SimpleSource>
`;
}

function mosaic(count: number, source: (index: number) => string): string {
  const sources = Array.from({ length: count }, (_, index) => source(index)).join('');
  return `<VRTDataset>\n  <VRTRasterBand dataType="Byte" band="1">\n${sources}  </VRTRasterBand>\n</VRTDataset>\n`;
}
