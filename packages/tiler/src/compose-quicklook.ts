import { BYTE_STRETCH, type Picture, type Stretch, computeStatistics } from '@inlay/raster';
import { type Canvas, type ChannelUse, createCanvas, paintPicture } from './canvas.ts';
import { decodePng } from './decode-png.ts';
import { percentileStretch } from './default-stretch.ts';
import { encodePng } from './encode.ts';
import { paintChannels } from './paint.ts';

/** A member of a virtual raster as its thumbnail shows it. */
export interface QuicklookMember {
  /** Where the **whole** member lies, in pixels of the virtual raster; may be fractional and reach beyond it. */
  readonly dstRect: { readonly xOff: number; readonly yOff: number; readonly xSize: number; readonly ySize: number };
  /** `Quicklook.png` of the member. */
  readonly png: Uint8Array;
  /** `Quicklook.stretch` of the member: one for gray, three for colour. */
  readonly stretch: readonly Stretch[];
  /**
   * Band stacks only: the channel that this member's gray becomes, 0 red, 1 green, 2 blue; 0 where the stack is shown
   * in gray. Members of a mosaic leave it out and are painted over one another.
   */
  readonly channel?: 0 | 1 | 2;
}

/** The virtual raster, and how large a picture of it. */
export interface ComposeOptions {
  /** Size of the virtual raster in its own pixels. */
  readonly width: number;
  readonly height: number;
  /** Longest side of the picture in pixels, default 512. */
  readonly size?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each member with the number painted so far. */
  readonly onProgress?: (painted: number) => void;
}

/** A composed thumbnail; to be composed again, it has what a member needs. */
export interface ComposedQuicklook {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
  /** As {@link QuicklookMember.stretch}. */
  readonly stretch: readonly Stretch[];
}

const DEFAULT_SIZE = 512;

/** Pictures decoded ahead of the one being painted: enough to keep zlib's threads busy. */
const DECODED_AHEAD = 4;

/**
 * Makes a virtual raster's thumbnail from its members' stored ones, without opening a raster, in memory that does not
 * grow with their number.
 *
 * Each member's stretch is undone first, and one stretch found for all: members that were stretched apart match again.
 * Where every member shows plain bytes (RGB photographs, palettes), they stay as they are.
 *
 * @param members bottom to top.
 * @throws TilerError `tiler/malformed-png`; the signal's reason when aborted.
 */
export async function composeQuicklook(
  members: AsyncIterable<QuicklookMember> | Iterable<QuicklookMember>,
  options: ComposeOptions,
): Promise<ComposedQuicklook> {
  const { width, height, size = DEFAULT_SIZE, signal, onProgress } = options;
  const scale = Math.min(1, size / Math.max(width, height));
  const canvas = createCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const scaleX = canvas.width / width;
  const scaleY = canvas.height / height;
  let isPlain = true;
  let painted = 0;
  for await (const { member, picture } of decodeAhead(members, signal)) {
    const { dstRect, stretch, channel } = member;
    isPlain &&= stretch.every(isByteStretch);
    const rect = {
      x: dstRect.xOff * scaleX,
      y: dstRect.yOff * scaleY,
      width: dstRect.xSize * scaleX,
      height: dstRect.ySize * scaleY,
    };
    paintPicture(canvas, picture, rect, channelUses(canvas, picture, stretch, channel));
    onProgress?.(++painted);
  }
  signal?.throwIfAborted();
  return finish(canvas, isPlain);
}

function isByteStretch({ lo, hi }: Stretch): boolean {
  return lo === BYTE_STRETCH.lo && hi === BYTE_STRETCH.hi;
}

/** Decodes a few pictures ahead, in order; the members themselves are asked for no faster than that. */
async function* decodeAhead(
  members: AsyncIterable<QuicklookMember> | Iterable<QuicklookMember>,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ member: QuicklookMember; picture: Picture }> {
  const pending: { member: QuicklookMember; picture: Promise<Picture> }[] = [];
  for await (const member of members) {
    signal?.throwIfAborted();
    const picture = decodePng(member.png);
    // Its failure is met in order, when the picture is painted; until then it is not "unhandled".
    picture.catch(() => undefined);
    pending.push({ member, picture });
    if (pending.length < DECODED_AHEAD) continue;
    const next = pending.shift()!;
    yield { member: next.member, picture: await next.picture };
  }
  for (const { member, picture } of pending) yield { member, picture: await picture };
}

/** Where a member's colours go: its own channel in a band stack; in a mosaic gray and colour may meet. */
function channelUses(
  canvas: Canvas,
  picture: Picture,
  stretch: readonly Stretch[],
  channel: number | undefined,
): ChannelUse[] {
  const colors = picture.channels >= 3 ? 3 : 1;
  if (stretch.length !== colors) {
    throw new RangeError(`${stretch.length} stretches for a picture of ${colors} colour channels`);
  }
  if (channel !== undefined) return [{ picture: 0, canvas: channel, stretch: stretch[0]! }];
  if (colors === 3 && canvas.channels.length === 1) spreadGray(canvas);
  const width = Math.max(colors, canvas.channels.length);
  return Array.from({ length: width }, (_, to) => {
    const from = colors === 3 ? to : 0;
    return { picture: from, canvas: to, stretch: stretch[from]! };
  });
}

/** Makes a gray canvas a colour one that looks the same. */
function spreadGray({ channels }: Canvas): void {
  const { samples, valid } = channels[0]!;
  channels.push({ samples: samples.slice(), valid: valid.slice() }, { samples: samples.slice(), valid: valid.slice() });
}

async function finish(canvas: Canvas, isPlain: boolean): Promise<ComposedQuicklook> {
  const { width, height } = canvas;
  const empty = { samples: new Float64Array(width * height), valid: new Uint8Array(width * height) };
  // A stack that fills two of three channels shows the third as black.
  const count = canvas.channels.length > 1 ? 3 : 1;
  const channels = Array.from({ length: count }, (_, index) => {
    const { samples, valid } = canvas.channels[index] ?? empty;
    return {
      samples,
      valid,
      stretch: isPlain ? BYTE_STRETCH : percentileStretch(computeStatistics(samples, valid, true)),
    };
  });
  const png = await encodePng(paintChannels(channels, { width, height }, null));
  return { png, width, height, stretch: channels.map(({ stretch }) => stretch) };
}
