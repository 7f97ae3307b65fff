import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MASK_PER_DATASET, type Nodata, toGeoTransform } from '@inlay/geo';
import {
  parseVrt,
  planBandStack,
  planMosaic,
  sourceFilenames,
  sourcesOf,
  type SourceRead,
  type VrtBand,
  type VrtPlan,
  writeVrt,
} from '@inlay/vrt';
import { band, layout, northUp, source } from './profiles.ts';

const described = band({
  dataType: 'Int16',
  nodata: -9999,
  scale: 0.1,
  offset: -273.15,
  unit: 'K',
  description: 'surface & sky',
  metadata: { B: '  b', A: 'a\nb' },
  categories: ['sea', ' land'],
});
const palette = band({
  colorInterp: 'Palette',
  colorTable: [
    [0, 0, 0, 0],
    [255, 128, 1, 255],
  ],
});

it('what writeVrt writes of a mosaic is what its plan says', () => {
  const one = layout([described, palette]);
  assertSays(
    planMosaic(
      [
        source('west', { layout: one }),
        source('east', { layout: one, affine: northUp(35, 10, 7), width: 3, height: 2 }),
        source('far', { layout: one, affine: northUp(1e6 / 3, -10, 10), width: 3, height: 2 }),
      ],
      { resolutionStrategy: 'finest' },
    ).plan,
  );
});

it('what writeVrt writes of masks and overviews is what its plan says', () => {
  const masked = layout([band({ maskFlags: MASK_PER_DATASET })], {
    mask: { location: 'internal', blockWidth: 128, blockHeight: 64, overviews: [] },
    overviews: [{ width: 256, height: 256, location: 'internal' }],
  });
  const { plan } = planMosaic([source('m', { width: 512, height: 512, layout: masked })], {
    resolutionStrategy: 'finest',
  });
  assert.ok(plan?.mask);
  assertSays(plan);
});

it('what writeVrt writes of a band stack with 64-bit nodata is what its plan says', () => {
  const long = layout([band({ dataType: 'Int64', nodata: 9007199254740993n })]);
  assertSays(
    planBandStack([source('a', { layout: long }), source('b', { layout: long })], { resolutionStrategy: 'finest' })
      .plan,
  );
});

function assertSays(plan: VrtPlan | null): void {
  assert.ok(plan);
  const filename = (index: number): string => `  folder/${index} & "x".tif`;
  const chunks = writeVrt(plan, (index) => ({ filename: filename(index), relativeToVrt: true }));
  const model = parseVrt(chunks);

  assert.deepEqual([model.rasterXSize, model.rasterYSize], [plan.grid.width, plan.grid.height]);
  assert.deepEqual(model.geoTransform, toGeoTransform(plan.grid.affine));
  assert.deepEqual(model.overviewList?.factors ?? [], plan.overviewDecimations);
  assert.equal(model.srs?.text, plan.crs.code);
  assert.deepEqual([model.others, model.otherAttributes], [[], []]);

  assert.equal(model.bands.length, plan.bands.length);
  for (const [index, planned] of plan.bands.entries()) {
    const read = model.bands[index];
    assert.ok(read);
    assert.deepEqual(
      {
        dataType: read.dataType,
        nodata: read.noDataValue,
        colorInterp: read.colorInterp ?? 'Undefined',
        colorTable: read.colorTable,
        scale: read.scale,
        offset: read.offset,
        unit: read.unitType,
        description: read.description,
        categories: read.categoryNames,
        metadata: Object.fromEntries(read.metadata.flatMap(({ items }) => items.map(({ key, value }) => [key, value]))),
      },
      {
        dataType: planned.dataType,
        nodata: planned.nodata,
        colorInterp: planned.colorInterp ?? 'Undefined',
        colorTable: planned.colorTable,
        scale: planned.scale,
        offset: planned.offset,
        unit: planned.unit,
        description: planned.description,
        categories: planned.categories,
        metadata: planned.metadata,
      },
    );
    assertSources(read, plan, index);
  }
  if (plan.mask === null) assert.equal(model.maskBand, null);
  else assert.equal(model.maskBand?.sources.count, plan.mask.placementCount);
  const first = plan.placements.sourceIndex[plan.bands[0]?.firstPlacement ?? -1] ?? -1;
  const [named] = sourceFilenames(model);
  assert.deepEqual(named, { filename: filename(first), relativeToVRT: true, element: 'SourceFilename' });
}

/** Rectangles are written with 15 digits. */
function written(rects: Float64Array, placement: number): number[] {
  return [...rects.subarray(4 * placement, 4 * placement + 4)].map((value) => Number(value.toPrecision(15)));
}

function assertSources({ sources }: VrtBand, { placements, bands }: VrtPlan, bandOffset: number): void {
  const planned = bands[bandOffset];
  assert.ok(planned);
  assert.equal(sources.count, planned.placementCount);
  for (const [row, read] of [...sourcesOf(sources)].entries()) {
    const placement: number = planned.firstPlacement + row;
    const expected: SourceRead | undefined = planned.reads[placements.variant[placement] ?? -1];
    assert.ok(expected);
    assert.equal(read.type, expected.nodata === null && !expected.useMask ? 'SimpleSource' : 'ComplexSource');
    assert.equal(read.sourceBand, expected.sourceBand === 'mask' ? 'mask,1' : expected.sourceBand);
    const nodata: Nodata | null = expected.nodata;
    assert.equal(read.nodata, nodata);
    assert.equal(read.useMaskBand ?? false, expected.useMask);
    assert.deepEqual(Object.values(read.srcRect ?? {}), written(placements.srcRects, placement));
    assert.deepEqual(Object.values(read.dstRect ?? {}), written(placements.dstRects, placement));
    assert.deepEqual(
      [read.sourceProperties?.rasterXSize, read.sourceProperties?.rasterYSize, read.sourceProperties?.dataType],
      [placements.sourceWidth[placement], placements.sourceHeight[placement], expected.dataType],
    );
  }
}
