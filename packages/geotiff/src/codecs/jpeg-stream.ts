import { damaged } from './codec.ts';

/*
 * Terminology (ITU-T T.81, annex B). A JPEG stream is a sequence of *segments*, each a marker (0xff and a code), a
 * two-byte length that counts itself, and a payload. *SOF* (start of frame) holds the size, *SOS* (start of scan) is
 * followed by the entropy-coded pixels.
 */
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP15 = 0xef;
const COMMENT = 0xfe;

/** SOF0..SOF15 share a range with three markers that are something else. */
const NOT_A_FRAME: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);

/** What a JPEG stream says of its picture. */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits per sample. */
  readonly precision: number;
}

/** A stream that any JPEG decoder takes, and the frame it declares. */
export interface CompleteJpeg {
  readonly stream: Uint8Array;
  readonly frame: JpegFrame;
}

/**
 * Makes a complete stream of a TIFF block's abbreviated one: the shared tables of tag 347 first (TIFF Technical
 * Note 2), and the colour transform, which in TIFF only the photometric interpretation tells, as an Adobe marker.
 *
 * All other APPn segments and comments go: a JFIF marker would overrule the Adobe one, an embedded profile or
 * orientation would change pixels that TIFF takes as they are.
 *
 * @param ycbcr whether the components are YCbCr and want converting to RGB.
 * @throws GeoTiffError `geotiff/damaged-block`
 */
export function completeJpeg(encoded: Uint8Array, tables: Uint8Array | null, ycbcr: boolean): CompleteJpeg {
  const shared = tables === null ? [] : [...segments(tables)].filter(({ marker }) => !isRemovable(marker));
  const own = [...segments(encoded)];
  const frame = own.map(({ marker, bytes }) => readFrame(marker, bytes)).find((found) => found !== null);
  const scan = own.find(({ marker }) => marker === SOS);
  if (frame === undefined || scan === undefined) throw damaged('its JPEG data has no picture');
  const parts = [
    Uint8Array.of(0xff, SOI),
    adobeSegment(ycbcr ? 1 : 0),
    ...shared.map(({ bytes }) => bytes),
    ...own.filter(({ marker }) => !isRemovable(marker)).map(({ bytes }) => bytes),
  ];
  return { stream: Buffer.concat(parts), frame };
}

interface Segment {
  readonly marker: number;
  /** The marker included; of SOS, everything to the end of the stream. */
  readonly bytes: Uint8Array;
}

function* segments(stream: Uint8Array): Generator<Segment> {
  if (stream[0] !== 0xff || stream[1] !== SOI) throw damaged('its JPEG data does not start as JPEG does');
  let at = 2;
  while (at < stream.length) {
    if (stream[at] !== 0xff) throw damaged('its JPEG data has no marker where one belongs');
    const marker = stream[at + 1];
    if (marker === 0xff) {
      // Fill bytes may precede a marker (B.1.1.2).
      at++;
      continue;
    }
    if (marker === undefined || marker === EOI) return;
    if (marker === SOS) {
      yield { marker, bytes: stream.subarray(at) };
      return;
    }
    const length = (stream[at + 2]! << 8) | stream[at + 3]!;
    const end = at + 2 + length;
    if (length < 2 || end > stream.length) throw damaged('its JPEG data ends within a segment');
    yield { marker, bytes: stream.subarray(at, end) };
    at = end;
  }
}

function isRemovable(marker: number): boolean {
  return (marker >= APP0 && marker <= APP15) || marker === COMMENT;
}

/** The frame a SOF segment declares (B.2.2); null for any other segment. */
function readFrame(marker: number, bytes: Uint8Array): JpegFrame | null {
  if (marker < 0xc0 || marker > 0xcf || NOT_A_FRAME.has(marker) || bytes.length < 10) return null;
  return {
    precision: bytes[4]!,
    height: (bytes[5]! << 8) | bytes[6]!,
    width: (bytes[7]! << 8) | bytes[8]!,
    components: bytes[9]!,
  };
}

/** APP14 as Adobe defined it: 0 = components as they are (RGB, CMYK), 1 = YCbCr. */
function adobeSegment(transform: 0 | 1): Uint8Array {
  return Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform);
}
