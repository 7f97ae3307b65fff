/** The eight bytes every PNG starts with (PNG specification, third edition, 5.2). */
export const PNG_SIGNATURE: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Colour types (PNG, 11.2.1) by number of channels: gray, gray and alpha, RGB, RGBA. */
export const PNG_COLOR_TYPES: Readonly<Record<1 | 2 | 3 | 4, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };

/** Filter types of a row (PNG, 9.2). */
export const PNG_FILTER = { none: 0, sub: 1, up: 2, average: 3, paeth: 4 } as const;
