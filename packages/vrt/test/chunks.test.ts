import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Crs, intersectWindows, MASK_PER_DATASET, type Window } from '@inlay/geo';
import {
  chunkPlan,
  type ChunkOptions,
  type CompatibleOptions,
  planBandStack,
  planMosaic,
  type PlanOptions,
  type VrtPlan,
  type VrtSourceInput,
  writeChunkedVrt,
} from '@inlay/vrt';
import fc from 'fast-check';
import { band, layout, northUp, source } from './profiles.ts';

const MASKED = layout([band({ maskFlags: MASK_PER_DATASET })], {
  mask: { location: 'internal', blockWidth: 256, blockHeight: 256, overviews: [] },
});

const FINEST = { resolutionStrategy: 'finest' } as const;

function planOf(sources: readonly VrtSourceInput[], options: PlanOptions = FINEST): VrtPlan {
  const { plan, problems } = planMosaic(sources, options);
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

/** Tiles of 4 x 3 pixels of 10 m, row by row from (0, 300). */
function tiles(columns: number, rows: number, particulars: Partial<VrtSourceInput['profile']> = {}): VrtSourceInput[] {
  return Array.from({ length: columns * rows }, (_, index) =>
    source(`${index}`, {
      affine: northUp(40 * (index % columns), 300 - 30 * Math.floor(index / columns), 10),
      ...particulars,
    }),
  );
}

// Not fc.double, most of whose numbers are next to 0: few mosaics of sources in one place can be cut.
const anyOffset = fc.integer({ min: -2000, max: 2000 }).map((tenths) => tenths / 10);

/** Sources of a few pixels of several sizes, anywhere; each `[x, y, width, height, resolution]`. */
const anySources = fc.array(
  fc.tuple(
    anyOffset,
    anyOffset,
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 20 }),
    fc.constantFrom(1, 1, 0.5, 0.7),
  ),
  { minLength: 20, maxLength: 80, size: 'max' },
);

type Place = readonly [x: number, y: number, width: number, height: number, resolution: number];

function strewn(places: readonly Place[]): VrtSourceInput[] {
  return places.map(([x, y, width, height, resolution], index) =>
    source(`${index}`, { affine: northUp(x, y, resolution), width, height }),
  );
}

const anyChunking: fc.Arbitrary<Required<ChunkOptions>> = fc.record({
  targetSourcesPerChunk: fc.integer({ min: 1, max: 20 }),
  maxExactReduction: fc.integer({ min: 1, max: 8 }),
  minSourceElements: fc.constant(1),
});

/** Rectangle of a placement as `[xOff, yOff, xSize, ySize]`, in pixels of the whole output. */
function rectangles({ placements }: VrtPlan, { colOff, rowOff }: Window): number[][] {
  const { count, dstRects } = placements;
  return Array.from({ length: count }, (_, at) => {
    const [x = NaN, y = NaN, width = NaN, height = NaN] = dstRects.subarray(4 * at, 4 * at + 4);
    return [x + colOff, y + rowOff, width, height];
  });
}

function overlap([x = 0, y = 0, xSize = 0, ySize = 0]: number[], window: Window): number {
  const common = intersectWindows({ colOff: x, rowOff: y, width: xSize, height: ySize }, window);
  return common === null ? 0 : common.width * common.height;
}

function wholeOf({ grid: { width, height } }: VrtPlan): Window {
  return { colOff: 0, rowOff: 0, width, height };
}

describe('the chunks of any mosaic', () => {
  it('cover its output without overlapping', () => {
    fc.assert(
      fc.property(anySources, anyChunking, (places, chunking) => {
        const plan = planOf(strewn(places));
        const { chunks } = chunkPlan(plan, chunking);
        fc.pre(chunks.length > 0);
        const windows = chunks.map(({ window }) => window);
        for (const [index, window] of windows.entries()) {
          assert.ok(Object.values(window).every(Number.isInteger));
          assert.deepEqual(intersectWindows(window, wholeOf(plan)), window);
          for (const other of windows.slice(0, index)) assert.equal(intersectWindows(window, other), null);
        }
        const area = windows.reduce((sum, { width, height }) => sum + width * height, 0);
        assert.equal(area, plan.grid.width * plan.grid.height);
      }),
    );
  });

  it('have every part of every source exactly once, in the order of the document', () => {
    fc.assert(
      fc.property(anySources, anyChunking, (places, chunking) => {
        const plan = planOf(strewn(places));
        const { chunks } = chunkPlan(plan, chunking);
        fc.pre(chunks.length > 0);
        const whole = rectangles(plan, wholeOf(plan));
        const covered = whole.map(() => 0);
        for (const { window, plan: chunk } of chunks) {
          const { sourceIndex, srcRects, variant, sourceWidth } = chunk.placements;
          for (const [at, rectangle] of rectangles(chunk, window).entries()) {
            const original = plan.placements.sourceIndex.indexOf(sourceIndex[at] ?? -1);
            assert.ok(at === 0 || (sourceIndex[at - 1] ?? NaN) < (sourceIndex[at] ?? NaN));
            for (const [term, value] of (whole[original] ?? []).entries()) {
              assert.ok(Math.abs((rectangle[term] ?? NaN) - value) < 1e-9);
            }
            assert.deepEqual(
              srcRects.subarray(4 * at, 4 * at + 4),
              plan.placements.srcRects.subarray(4 * original, 4 * original + 4),
            );
            assert.equal(variant[at], plan.placements.variant[original]);
            assert.equal(sourceWidth[at], plan.placements.sourceWidth[original]);
            covered[original] = (covered[original] ?? NaN) + overlap(rectangle, window);
          }
        }
        for (const [index, rectangle] of whole.entries()) {
          assert.ok(Math.abs((covered[index] ?? NaN) - overlap(rectangle, wholeOf(plan))) < 1e-6);
        }
      }),
    );
  });

  it('hold at most twice as many placements as the mosaic, however its sources overlap', () => {
    fc.assert(
      fc.property(anySources, anyChunking, (places, chunking) => {
        const plan = planOf(strewn(places));
        const { chunks } = chunkPlan(plan, chunking);
        fc.pre(chunks.length > 0);
        const held = chunks.reduce((sum, { plan: { placements } }) => sum + placements.count, 0);
        assert.ok(held <= 2 * plan.placements.count, `${held} of ${plan.placements.count}`);
      }),
    );
  });

  it('stay the same when all sources move by the same way', () => {
    fc.assert(
      fc.property(anySources, anyChunking, fc.integer({ min: -1e6, max: 1e6 }), (places, chunking, step) => {
        const whole = places.map(([x, y, width, height]): Place => [Math.round(x), Math.round(y), width, height, 1]);
        const moved = whole.map(([x, ...rest]): Place => [x + step, ...rest]);
        const [before, after] = [whole, moved].map((sources) => chunkPlan(planOf(strewn(sources)), chunking).chunks);
        fc.pre(before !== undefined && before.length > 0);
        assert.deepEqual(
          after?.map(({ window, plan: { placements } }) => ({ window, placements })),
          before.map(({ window, plan: { placements } }) => ({ window, placements })),
        );
      }),
    );
  });
});

describe('chunks of tiles side by side', () => {
  const chunking = { targetSourcesPerChunk: 9, maxExactReduction: 1, minSourceElements: 1 };

  it('are cut between tiles, each half of the longer side', () => {
    const { chunks } = chunkPlan(planOf(tiles(4, 4)), chunking);
    assert.deepEqual(
      chunks.map(({ window }) => window),
      [
        { colOff: 0, rowOff: 0, width: 8, height: 12 },
        { colOff: 8, rowOff: 0, width: 8, height: 6 },
        { colOff: 8, rowOff: 6, width: 8, height: 6 },
      ],
    );
  });

  it('also have the tiles that lie before their left and upper edges, as far as reads are to be exact', () => {
    const { chunks } = chunkPlan(planOf(tiles(4, 4)), chunking);
    assert.deepEqual(
      chunks.map(({ plan }) => [...plan.placements.sourceIndex]),
      [
        [0, 1, 4, 5, 8, 9, 12, 13],
        [1, 2, 3, 5, 6, 7],
        [5, 6, 7, 9, 10, 11, 13, 14, 15],
      ],
    );
  });

  it('count rectangles from their own corner, where they may begin before 0', () => {
    const { chunks } = chunkPlan(planOf(tiles(4, 4)), chunking);
    assert.deepEqual([...(chunks[2]?.plan.placements.dstRects.subarray(0, 8) ?? [])], [-4, -3, 4, 3, 0, -3, 4, 3]);
  });

  it('lie where their window does', () => {
    const { chunks } = chunkPlan(planOf(tiles(4, 4)), chunking);
    assert.deepEqual(chunks[2]?.plan.grid, { affine: [10, 0, 80, 0, -10, 240], width: 8, height: 6 });
  });

  it('keep the levels that they are large enough for', () => {
    const plan = { ...planOf(tiles(4, 4)), overviewDecimations: [2, 4, 8] };
    const { root, chunks } = chunkPlan(plan, chunking);
    assert.deepEqual(root.overviewDecimations, [2, 4, 8]);
    assert.deepEqual(
      chunks.map((chunk) => chunk.plan.overviewDecimations),
      [
        [2, 4, 8],
        [2, 4],
        [2, 4],
      ],
    );
  });

  it('have as many sources as asked for, or up to half of that', () => {
    const { chunks } = chunkPlan(planOf(tiles(100, 100)), { maxExactReduction: 1 });
    assert.equal(chunks.length, 32);
    for (const { plan } of chunks) assert.ok(plan.placements.count >= 250 && plan.placements.count <= 500);
  });
});

describe('a fractional place', () => {
  it('is that of the document in one piece, which holds 15 digits', () => {
    const sources = [...tiles(3000, 1), source('between', { affine: northUp(40 * 2500 + 10 / 3, 300, 10) })];
    const plan = planOf(sources);
    assert.equal(plan.placements.dstRects[4 * 3000], 10000.333333333332);
    const { chunks } = chunkPlan(plan, { minSourceElements: 1 });
    const { window, plan: last } =
      chunks.findLast(({ plan: { placements } }) => placements.sourceIndex.includes(3000)) ?? {};
    assert.ok(window && last);
    assert.equal(last.placements.dstRects[4 * (last.placements.count - 1)], 10000.3333333333 - window.colOff);
  });
});

describe('a plan is left in one piece', () => {
  const isWhole = (plan: VrtPlan<Crs | null>, options?: ChunkOptions): boolean => {
    const { root, chunks } = chunkPlan(plan, options);
    assert.equal(root === plan, chunks.length === 0);
    return chunks.length === 0;
  };

  it('below 5,000 source elements', () => {
    assert.equal(isWhole(planOf(tiles(4999, 1))), true);
    assert.equal(isWhole(planOf(tiles(5000, 1))), false);
  });

  it('where its bands and mask together have fewer', () => {
    const twoBands = layout([band(), band()]);
    assert.equal(isWhole(planOf(tiles(2499, 1, { layout: twoBands }))), true);
    assert.equal(isWhole(planOf(tiles(2500, 1, { layout: twoBands }))), false);
    assert.equal(isWhole(planOf(tiles(2499, 1, { layout: MASKED }))), true);
    assert.equal(isWhole(planOf(tiles(2500, 1, { layout: MASKED }))), false);
  });

  it('where its sources lie on top of each other', () => {
    assert.equal(isWhole(planOf(tiles(6000, 1, { affine: northUp(0, 0, 10) }))), true);
  });

  it('as a band stack, which has one source a band', () => {
    const { plan } = planBandStack(tiles(1, 1).concat(tiles(1, 1)), FINEST);
    assert.ok(plan);
    assert.equal(isWhole(plan, { minSourceElements: 1, targetSourcesPerChunk: 1 }), true);
  });

  it('where a pixel function depends on more than the valid values of a pixel', () => {
    const valid = layout([band({ nodata: 0 })]);
    const calls = (name: string, particulars: Partial<CompatibleOptions> = {}, values = {}): VrtPlan<Crs | null> => {
      const sources = tiles(5000, 1, { layout: valid });
      const pixelFunction = { name, arguments: values };
      const { plan } = planMosaic(sources, { ...FINEST, mode: 'compatible', pixelFunction, ...particulars });
      assert.ok(plan);
      return plan;
    };
    assert.equal(isWhole(calls('mean')), false);
    assert.equal(isWhole(calls('mean', { nodata: 'none' })), true);
    assert.equal(isWhole(calls('mean', { hideNodata: true })), true);
    assert.equal(isWhole(calls('mean', {}, { propagateNoData: 'true' })), true);
    assert.equal(isWhole(calls('sum')), true);
  });
});

describe('the root', () => {
  const options = { targetSourcesPerChunk: 3, maxExactReduction: 1, minSourceElements: 1 };
  const COPY = {
    blockWidth: 8,
    blockHeight: 3,
    nodata: null,
    useMask: false,
    alphaBand: null,
    constant: null,
    maskThreshold: null,
  };

  it('copies the chunks, whatever their nodata: gaps are filled in them, and 64-bit integers stay exact', () => {
    const integers = layout([band({ dataType: 'Int64', nodata: 9007199254740993n })]);
    const { root } = chunkPlan(planOf(tiles(4, 1, { layout: integers })), options);
    assert.deepEqual(root.bands[0]?.reads, [{ ...COPY, sourceBand: 1, dataType: 'Int64' }]);
    assert.equal(root.bands[0]?.nodata, 9007199254740993n);
    assert.equal(root.mask, null);
  });

  it('copies their masks, too', () => {
    const { root, chunks } = chunkPlan(planOf(tiles(4, 1, { layout: MASKED })), options);
    assert.deepEqual(root.mask, {
      firstPlacement: 0,
      placementCount: 2,
      reads: [{ ...COPY, sourceBand: 'mask', dataType: 'Byte' }],
    });
    assert.equal(chunks[0]?.plan.mask?.placementCount, 2);
    assert.equal(chunks[1]?.plan.mask?.reads[0]?.useMask, true);
  });

  it('leaves resampling and pixel functions to the chunks', () => {
    const valid = layout([band({ nodata: 0 })]);
    const plan = planOf(tiles(4, 1, { layout: valid }), {
      ...FINEST,
      resampling: 'cubic',
      pixelFunction: { name: 'max' },
    });
    const { root, chunks } = chunkPlan(plan, options);
    assert.equal(root.resampling, null);
    assert.equal(root.bands[0]?.pixelFunction, null);
    assert.equal(chunks[0]?.plan.resampling, 'cubic');
    assert.equal(chunks[0]?.plan.bands[0]?.pixelFunction?.name, 'max');
  });
});

describe('writing a chunked VRT', () => {
  const sourceFile = (index: number) => ({ filename: `../tiles/${index}.tif`, relativeToVrt: true });
  const chunkFile = (chunk: number) => ({ filename: `mosaic/${chunk}.vrt`, relativeToVrt: true });

  it('gives the chunks first and then the root, each with the files that it names', () => {
    const chunked = chunkPlan(planOf(tiles(4, 1)), {
      targetSourcesPerChunk: 3,
      maxExactReduction: 1,
      minSourceElements: 1,
    });
    const documents = [...writeChunkedVrt(chunked, sourceFile, chunkFile)].map(({ chunk, text }) => ({
      chunk,
      names: [...[...text].join('').matchAll(/<SourceFilename relativeToVRT="1">([^<]*)</g)].map((match) => match[1]),
    }));
    assert.deepEqual(documents, [
      { chunk: 0, names: ['../tiles/0.tif', '../tiles/1.tif'] },
      { chunk: 1, names: ['../tiles/1.tif', '../tiles/2.tif', '../tiles/3.tif'] },
      { chunk: null, names: ['mosaic/0.vrt', 'mosaic/1.vrt'] },
    ]);
  });

  it('gives one document with the sources where there are no chunks', () => {
    const documents = [...writeChunkedVrt(chunkPlan(planOf(tiles(2, 1))), sourceFile, chunkFile)];
    assert.deepEqual(
      documents.map(({ chunk }) => chunk),
      [null],
    );
    assert.match([...(documents[0]?.text ?? [])].join(''), /tiles\/0\.tif[^]*tiles\/1\.tif/);
  });

  it('writes a root of plain copies', () => {
    const chunked = chunkPlan(planOf(tiles(4, 1)), {
      targetSourcesPerChunk: 3,
      maxExactReduction: 1,
      minSourceElements: 1,
    });
    const root = [...writeChunkedVrt(chunked, sourceFile, chunkFile)].at(-1);
    assert.equal(
      [...(root?.text ?? [])].join(''),
      `<VRTDataset rasterXSize="16" rasterYSize="3">
  <SRS dataAxisToSRSAxisMapping="1,2">EPSG:32633</SRS>
  <GeoTransform>  0.0000000000000000e+00,  1.0000000000000000e+01,  0.0000000000000000e+00,  3.0000000000000000e+02,  0.0000000000000000e+00, -1.0000000000000000e+01</GeoTransform>
  <VRTRasterBand dataType="Byte" band="1">
    <ColorInterp>Gray</ColorInterp>
    <SimpleSource>
      <SourceFilename relativeToVRT="1">mosaic/0.vrt</SourceFilename>
      <SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="8" RasterYSize="3" DataType="Byte" BlockXSize="8" BlockYSize="3" />
      <SrcRect xOff="0" yOff="0" xSize="8" ySize="3" />
      <DstRect xOff="0" yOff="0" xSize="8" ySize="3" />
    </SimpleSource>
    <SimpleSource>
      <SourceFilename relativeToVRT="1">mosaic/1.vrt</SourceFilename>
      <SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="8" RasterYSize="3" DataType="Byte" BlockXSize="8" BlockYSize="3" />
      <SrcRect xOff="0" yOff="0" xSize="8" ySize="3" />
      <DstRect xOff="8" yOff="0" xSize="8" ySize="3" />
    </SimpleSource>
  </VRTRasterBand>
</VRTDataset>
`,
    );
  });
});
