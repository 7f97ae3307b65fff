/** An edge this near to a line between pixels is on it, as gdalbuildvrt has it: what rounding in affines leaves. */
export const WHOLE_PIXEL = 1e-3;

/** Whole pixels where it is within {@link WHOLE_PIXEL} of them. */
export function toWholePixels(pixels: number): number {
  const nearest = Math.floor(pixels + 0.5);
  return Math.abs(nearest - pixels) < WHOLE_PIXEL ? nearest : pixels;
}

/** Whether `count` pixels in a row, each `size` of others long, are whole numbers of those others. */
export function isWholePixels(size: number, count: number): boolean {
  const whole = Math.round(size);
  return whole >= 1 && Math.abs(size - whole) * count < WHOLE_PIXEL;
}
