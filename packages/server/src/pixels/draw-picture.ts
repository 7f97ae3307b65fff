import { type BlockCacheCounts, giveBack } from '@inlay/geotiff';
import { encodePicture, isFlat, renderPicture } from '@inlay/tiler';
import { cutOut } from './cut-out.ts';
import type { PictureAnswer, PictureTask, ReadReport } from './pixel-task.ts';
import { type ReadingDeps, withPixels } from './read-pixels.ts';

/** Draws a picture of a raster on any grid, and packs it. */
export async function drawPicture(
  deps: ReadingDeps,
  { source, recipe, picture, format, shape }: PictureTask,
  signal: AbortSignal,
): Promise<PictureAnswer> {
  const startedAt = performance.now();
  const { cache } = deps;
  return await withPixels(deps, source, signal, async (pixels) => {
    const stages: Extract<PictureAnswer, { kind: 'picture' }>['stages'] = { open: performance.now() - startedAt };
    const before = cache.counts();
    const rendered = await renderPicture(pixels, recipe, picture, {
      signal,
      onStage: (stage, milliseconds) => void (stages[stage] = milliseconds),
    });
    if (rendered.kind !== 'picture') return rendered;
    signal.throwIfAborted();
    const encodingAt = performance.now();
    const cut = shape === null ? rendered.picture : cutOut(rendered.picture, shape);
    const bytes = await encodePicture(cut, { format, isFlat: isFlat(recipe) });
    giveBack(cut.data);
    giveBack(rendered.picture.data);
    stages.encode = performance.now() - encodingAt;
    return {
      kind: 'picture',
      bytes: ownBuffer(bytes),
      stages,
      read: reportOf(before, cache.counts(), rendered.problems),
    };
  });
}

/** Bytes that are alone in their memory, all of which is copied when they are sent to another thread. */
function ownBuffer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}

/** What happened between two looks at the cache; another picture that the thread draws meanwhile is counted with it. */
function reportOf(
  before: BlockCacheCounts,
  after: BlockCacheCounts,
  problems: readonly { readonly message: string }[],
): ReadReport {
  return {
    blocksRead: after.misses - before.misses,
    blocksHeld: after.hits + after.joined - before.hits - before.joined,
    reads: after.reads - before.reads,
    readBytes: after.readBytes - before.readBytes,
    fetchMs: after.fetchMs - before.fetchMs,
    decodeMs: after.decodeMs - before.decodeMs,
    problems: problems.map(({ message }) => message),
  };
}
