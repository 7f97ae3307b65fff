/** A rectangle of pixels. Offsets count from the top-left corner, 0-based; may be fractional where stated. */
export interface Window {
  readonly colOff: number;
  readonly rowOff: number;
  readonly width: number;
  readonly height: number;
}

/** The part both windows cover, or null where they do not overlap. */
export function intersectWindows(a: Window, b: Window): Window | null {
  const colOff = Math.max(a.colOff, b.colOff);
  const rowOff = Math.max(a.rowOff, b.rowOff);
  const width = Math.min(a.colOff + a.width, b.colOff + b.width) - colOff;
  const height = Math.min(a.rowOff + a.height, b.rowOff + b.height) - rowOff;
  return width > 0 && height > 0 ? { colOff, rowOff, width, height } : null;
}
