import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { OpenedRasters } from '../src/pixels/opened-rasters.ts';
import type { BandAnswer } from '../src/pixels/pixel-task.ts';
import type { ReadingDeps } from '../src/pixels/read-pixels.ts';
import type { MosaicPlace } from '../src/pixels/raster-source.ts';
import { summarizeMosaic } from '../src/pixels/summarize-mosaic.ts';
import { type MadeSource, renderer } from './rendered-mosaics.ts';

// What statistics of a mosaic without rendered levels cost, and how near they come. Each source has one value.

const SIDE = 8;

/** Sources side by side in rows of 40, each of one value, which grows by one to the right. */
const squares = (name: string, count: number, size = SIDE, apart = size): MadeSource[] =>
  Array.from({ length: count }, (_, index): MadeSource => {
    const [col, row] = [index % 40, Math.floor(index / 40)];
    return {
      id: `${name}${index}`,
      version: 1,
      raster: {
        width: size,
        height: size,
        origin: [500_000 + 10 * apart * col, 5_300_000 - 10 * apart * row],
        resolution: 10,
        epsg: 32633,
        value: () => 1 + (index % 40),
      },
    };
  });

describe('statistics of a mosaic that has no rendered levels', () => {
  let folder: string;
  let deps: ReadingDeps;
  let made: ReturnType<typeof renderer>;
  let held: Set<string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-mosaic-statistics-'));
    made = renderer(folder);
    const counting: OpenedRasters = {
      ...made.deps.opened,
      hold(raster, signal) {
        held.add(raster.datasetId);
        return made.deps.opened.hold(raster, signal);
      },
    };
    deps = { ...made.deps, opened: counting };
  });
  after(() => rm(folder, { recursive: true }));

  async function summarize(sources: readonly MadeSource[]): Promise<BandAnswer | null> {
    held = new Set();
    const { parts, plan } = await made.mosaicOf(sources);
    const place: MosaicPlace = { ...parts, overviews: null };
    const task = { kind: 'statistics', bands: [1], nodata: undefined, percentiles: [50], bins: 4 } as const;
    // Nothing of the raster itself is asked but its place.
    const source = { ...plan.grid, place } as never;
    const [answer = null] = await summarizeMosaic(deps, { ...task, source }, place, new AbortController().signal);
    return answer;
  }

  it('are exact where there are few sources and few pixels', async () => {
    const { minimum, maximum, mean, approximate, validPercent, percentiles } = (await summarize(squares('few', 40)))!;
    assert.deepEqual(
      { minimum, maximum, mean, approximate, validPercent, percentiles },
      {
        minimum: 1,
        maximum: 40,
        mean: 20.5,
        approximate: false,
        validPercent: 100,
        percentiles: [{ rank: 50, value: 20 }],
      },
    );
    assert.equal(held.size, 40);
  });

  it('are of some of many sources, spread over all of them', async () => {
    const answer = (await summarize(squares('many', 1200)))!;
    assert.ok(held.size <= 256, `${held.size} sources were opened`);
    assert.ok(held.size >= 60, `only ${held.size} sources were opened`);
    assert.deepEqual([answer.approximate, answer.validPercent], [true, null]);
    assert.ok(Math.abs(answer.mean - 20.5) < 2, `a mean of ${answer.mean}`);
    assert.ok(answer.minimum <= 3 && answer.maximum >= 38, `from ${answer.minimum} to ${answer.maximum}`);
    assert.equal(
      answer.histogram.counts.every((count) => count > 0),
      true,
    );
  });

  it('find the sources where most of the mosaic is gaps', async () => {
    const answer = (await summarize(squares('sparse', 400, SIDE, 20 * SIDE)))!;
    assert.ok(held.size >= 60 && held.size <= 256, `${held.size} sources were opened`);
    assert.ok(Math.abs(answer.mean - 20.5) < 2, `a mean of ${answer.mean}`);
  });

  it('weigh sources by their size', async () => {
    const [large] = squares('large', 1, 640);
    const small = squares('small', 400).map((source) => {
      const { raster } = source;
      const [x, y] = raster.origin;
      return { ...source, raster: { ...raster, origin: [x + 6400, y] as const, value: () => 200 } };
    });
    const answer = (await summarize([large!, ...small]))!;
    // 409,600 pixels of the value 1, and 25,600 of 200.
    assert.equal(answer.percentiles[0]!.value, 1);
    assert.ok(answer.mean > 3 && answer.mean < 30, `a mean of ${answer.mean}`);
  });

  it('are of what is seen of sources that lie on top of each other', async () => {
    const pile = squares('pile', 600).map((source) => {
      return { ...source, raster: { ...source.raster, origin: [500_000, 5_300_000] as const, nodata: 7 } };
    });
    const answer = (await summarize(pile))!;
    // The last one is on top: 1 + 599 % 40.
    assert.deepEqual([answer.minimum, answer.maximum], [40, 40]);
  });
});
