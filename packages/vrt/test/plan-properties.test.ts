import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planMosaic, type PlanOptions, type ResolutionStrategy, type VrtPlan, type VrtSourceInput } from '@inlay/vrt';
import fc from 'fast-check';
import { northUp, source } from './profiles.ts';

/** A source by its place: corner in whole steps of 1/4 unit, size in pixels, and how many units a pixel is wide. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly resolution: number;
}

const anyPlace: fc.Arbitrary<Place> = fc.record({
  x: fc.integer({ min: -160, max: 160 }).map((quarters) => quarters / 4),
  y: fc.integer({ min: -160, max: 160 }).map((quarters) => quarters / 4),
  width: fc.integer({ min: 1, max: 24 }),
  height: fc.integer({ min: 1, max: 24 }),
  // Powers of two: doubles add and divide them exactly, so that equal means equal.
  resolution: fc.constantFrom(1, 1, 1, 0.5, 2),
});
const anyPlaces = fc.array(anyPlace, { minLength: 1, maxLength: 8 });
const anyStrategy = fc.constantFrom<ResolutionStrategy>('finest', 'coarsest', 'average', 'common');

function sourcesOf(
  places: readonly Place[],
  scale = 1,
  shift: readonly [x: number, y: number] = [0, 0],
): VrtSourceInput[] {
  return places.map(({ x, y, width, height, resolution }, index) =>
    source(`${index}`, {
      width,
      height,
      affine: northUp(scale * (x + shift[0]), scale * (y + shift[1]), scale * resolution),
    }),
  );
}

/** Null where rounding leaves the output without a pixel, which all of these laws keep as it is. */
function planOf(sources: readonly VrtSourceInput[], options: PlanOptions): VrtPlan | null {
  const { plan, problems } = planMosaic(sources, options);
  if (plan === null) assert.deepEqual([...new Set(problems.map(({ type }) => type))], ['empty_output']);
  return plan;
}

/** What a plan says of its pixels, whatever their coordinates. */
function withoutPlace(plan: VrtPlan | null): unknown {
  return plan && { ...plan, grid: { width: plan.grid.width, height: plan.grid.height } };
}

/** The value of a source's pixel, for a reader to tell which one it has read. */
type PixelOf = (sourceIndex: number, column: number, row: number) => string;

/**
 * Reads a plan as GDAL reads one at full size with the nearest neighbour: the sources in document order, each into the
 * pixels whose centres its rectangle holds. The reference for plans of whole pixels, which are read alike by any rule.
 */
function paint({ grid: { width, height }, placements }: VrtPlan, pixelOf: PixelOf): (string | null)[] {
  const pixels = Array.from<string | null>({ length: width * height }).fill(null);
  for (let placement = 0; placement < placements.count; placement += 1) {
    const [srcX = 0, srcY = 0, srcWidth = 0, srcHeight = 0] = placements.srcRects.subarray(4 * placement);
    const [dstX = 0, dstY = 0, dstWidth = 0, dstHeight = 0] = placements.dstRects.subarray(4 * placement);
    const sourceIndex = placements.sourceIndex[placement] ?? -1;
    for (let row = Math.max(0, Math.ceil(dstY - 0.5)); row + 0.5 < dstY + dstHeight && row < height; row += 1) {
      for (
        let column = Math.max(0, Math.ceil(dstX - 0.5));
        column + 0.5 < dstX + dstWidth && column < width;
        column += 1
      ) {
        const sourceColumn = Math.floor(srcX + ((column + 0.5 - dstX) / dstWidth) * srcWidth);
        const sourceRow = Math.floor(srcY + ((row + 0.5 - dstY) / dstHeight) * srcHeight);
        pixels[row * width + column] = pixelOf(sourceIndex, sourceColumn, sourceRow);
      }
    }
  }
  return pixels;
}

describe('translation', () => {
  it('of all sources by whole pixels moves the grid, and nothing else', () => {
    const steps = fc.integer({ min: -1000, max: 1000 }).map((step) => 2 * step);
    fc.assert(
      fc.property(anyPlaces, anyStrategy, steps, steps, (places, resolutionStrategy, dx, dy) => {
        const [still, moved] = [sourcesOf(places), sourcesOf(places, 1, [dx, dy])].map((sources) =>
          planOf(sources, { resolutionStrategy }),
        );
        assert.deepEqual(withoutPlace(moved ?? null), withoutPlace(still ?? null));
        if (!still || !moved) return;
        const [a, b, c, d, e, f] = still.grid.affine;
        assert.deepEqual(moved.grid.affine, [a, b, c + dx, d, e, f + dy]);
      }),
    );
  });

  it('goes with that of the bounds', () => {
    const options = { resolutionStrategy: 'finest' } as const;
    fc.assert(
      fc.property(anyPlaces, anyPlace, fc.integer({ min: -500, max: 500 }), (places, box, dx) => {
        const bounds = (shift: number) =>
          [box.x + shift, box.y - box.height, box.x + box.width + shift, box.y] as const;
        const still = planOf(sourcesOf(places), { ...options, bounds: bounds(0) });
        const moved = planOf(sourcesOf(places, 1, [dx, 0]), { ...options, bounds: bounds(dx) });
        assert.deepEqual(withoutPlace(moved), withoutPlace(still));
      }),
    );
  });
});

describe('scale', () => {
  it('of all affines by a power of two scales the grid, and nothing else', () => {
    const anyPower = fc.integer({ min: -12, max: 12 }).map((power) => 2 ** power);
    fc.assert(
      fc.property(anyPlaces, anyStrategy, anyPower, (places, resolutionStrategy, scale) => {
        // Fractions of `common` are sought to a fixed precision, which is not that of every scale.
        fc.pre(resolutionStrategy !== 'common');
        const [plain, scaled] = [sourcesOf(places), sourcesOf(places, scale)].map((sources) =>
          planOf(sources, { resolutionStrategy }),
        );
        assert.deepEqual(withoutPlace(scaled ?? null), withoutPlace(plain ?? null));
        if (!plain || !scaled) return;
        assert.deepEqual(scaled.grid.affine, plain.grid.affine.map((term) => scale * term)); // prettier-ignore
      }),
    );
  });
});

describe('splitting a source into two', () => {
  /** Places of whole pixels of one size, so that each pixel is one of one source. */
  const anyTile = anyPlace.map(({ x, y, width, height }): Place => ({
    x: Math.round(x),
    y: Math.round(y),
    width,
    height,
    resolution: 1,
  }));

  /** The halves of a place, cut before a column (`x`) or a row, and where each begins in it. */
  function halves(place: Place, axis: 'x' | 'y', share: number): readonly (readonly [Place, number, number])[] {
    const side = axis === 'x' ? place.width : place.height;
    const cut = Math.min(side - 1, 1 + Math.floor(share * (side - 1)));
    return axis === 'x'
      ? [
          [{ ...place, width: cut }, 0, 0],
          [{ ...place, x: place.x + cut, width: side - cut }, cut, 0],
        ]
      : [
          [{ ...place, height: cut }, 0, 0],
          [{ ...place, y: place.y - cut, height: side - cut }, 0, cut],
        ];
  }

  it('changes no pixel, and merging the halves none either', () => {
    const unit = fc.double({ min: 0, max: 0.99, noNaN: true });
    const anySplit = fc.tuple(
      fc.array(anyTile, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.constantFrom('x', 'y'),
      unit,
    );
    fc.assert(
      fc.property(anySplit, ([places, which, axis, share]) => {
        const target = which % places.length;
        const place = places[target];
        fc.pre(place !== undefined && (axis === 'x' ? place.width : place.height) > 1);
        if (place === undefined) return;
        const options = { resolutionStrategy: 'finest' } as const;
        const whole = planOf(sourcesOf(places), options);
        const parts = halves(place, axis, share);
        const split = planOf(sourcesOf(places.toSpliced(target, 1, ...parts.map(([part]) => part))), options);
        assert.ok(whole && split);
        assert.deepEqual(split.grid, whole.grid);
        const asWhole: PixelOf = (index, column, row) => `${index}: ${column}, ${row}`;
        const asSplit: PixelOf = (index, column, row) => {
          const [, columns, rows] = parts[index - target] ?? [null, 0, 0];
          const original = index <= target ? index : Math.max(target, index - 1);
          return asWhole(original, column + columns, row + rows);
        };
        assert.deepEqual(paint(split, asSplit), paint(whole, asWhole));
      }),
    );
  });
});

describe('the order of sources', () => {
  it('that do not overlap changes nothing but the order of their placements', () => {
    const anyOrder = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3 })), { minLength: 2, maxLength: 8 })
      .chain((columns) => {
        // One beside the other, with gaps.
        let x = 0;
        const places = columns.map(([width, gap]): Place => {
          const place = { x, y: gap, width, height: 5, resolution: 1 };
          x += width + gap;
          return place;
        });
        return fc
          .shuffledSubarray([...places.keys()], { minLength: places.length })
          .map((order) => ({ places, order }));
      });
    fc.assert(
      fc.property(anyOrder, ({ places, order }) => {
        const options = { resolutionStrategy: 'finest' } as const;
        const sent = planOf(sourcesOf(places), options);
        const shuffled = planOf(sourcesOf(order.map((place) => places[place] as Place)), options);
        assert.ok(sent && shuffled);
        assert.deepEqual({ ...shuffled, placements: null }, { ...sent, placements: null });
        const pixelOf: PixelOf = (index, column, row) => `${index}: ${column}, ${row}`;
        const shuffledPixelOf: PixelOf = (index, column, row) => pixelOf(order[index] ?? -1, column, row);
        assert.deepEqual(paint(shuffled, shuffledPixelOf), paint(sent, pixelOf));
      }),
    );
  });

  it('that overlap is the same as a paint order, once the first is the same', () => {
    const options = { resolutionStrategy: 'coarsest' } as const;
    const anyOrder = anyPlaces.chain((places) =>
      fc.shuffledSubarray([...places.keys()], { minLength: places.length }).map((order) => ({ places, order })),
    );
    fc.assert(
      fc.property(anyOrder, ({ places, order }) => {
        const ordered = planOf(sourcesOf(places), { ...options, paintOrder: order });
        const shuffled = planOf(sourcesOf(order.map((place) => places[place] as Place)), options);
        assert.equal(ordered === null, shuffled === null);
        if (ordered === null || shuffled === null) return;
        const sourceIndex = shuffled.placements.sourceIndex.map((index) => order[index] ?? -1);
        assert.deepEqual(ordered, { ...shuffled, placements: { ...shuffled.placements, sourceIndex } });
      }),
    );
  });
});
