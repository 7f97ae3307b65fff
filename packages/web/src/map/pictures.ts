import type { MapImage } from './map-layer.ts';

// Small pictures that layers are drawn with: patterns to fill with, numbers to place. Drawn here, because MapLibre's own text needs
// fonts in a format of its own.

/** Drawn this much finer than CSS pixels, for fine screens. */
const FINENESS = 2;
const PATTERN_SIZE = 12;

/** Slanted lines, to fill with: seamless. */
export function hatch(
  color: string,
  { width = 1.25, wash = 0.08 }: { readonly width?: number; readonly wash?: number } = {},
): MapImage {
  return draw(PATTERN_SIZE, PATTERN_SIZE, (context) => {
    context.fillStyle = color;
    context.globalAlpha = wash;
    context.fillRect(0, 0, PATTERN_SIZE, PATTERN_SIZE);
    context.globalAlpha = 0.75;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    for (const x of [-PATTERN_SIZE, 0, PATTERN_SIZE]) {
      context.moveTo(x - 1, PATTERN_SIZE + 1);
      context.lineTo(x + PATTERN_SIZE + 1, -1);
    }
    context.stroke();
  });
}

/** Dots, to fill with: seamless. */
export function dots(color: string): MapImage {
  return draw(8, 8, (context) => {
    context.fillStyle = color;
    context.globalAlpha = 0.55;
    for (const [x, y] of [
      [2, 2],
      [6, 6],
    ] as const) {
      context.beginPath();
      context.arc(x, y, 0.9, 0, 2 * Math.PI);
      context.fill();
    }
  });
}

/** A few characters on a plate. */
export function plate(text: string, colors: { readonly ink: string; readonly plate: string }): MapImage {
  const font = '600 11px "IBM Plex Sans Variable", sans-serif';
  const measuring = document.createElement('canvas').getContext('2d');
  if (measuring !== null) measuring.font = font;
  const width = Math.ceil(Math.max(18, (measuring?.measureText(text).width ?? 10) + 10));
  return draw(width, 18, (context) => {
    context.fillStyle = colors.plate;
    context.beginPath();
    context.roundRect(0.5, 0.5, width - 1, 17, 3);
    context.fill();
    context.fillStyle = colors.ink;
    context.font = font;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(text, width / 2, 9.5);
  });
}

function draw(width: number, height: number, paint: (context: CanvasRenderingContext2D) => void): MapImage {
  const canvas = document.createElement('canvas');
  canvas.width = width * FINENESS;
  canvas.height = height * FINENESS;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser draws on no canvas, without which there is no map either.');
  context.scale(FINENESS, FINENESS);
  paint(context);
  return { data: context.getImageData(0, 0, canvas.width, canvas.height), pixelRatio: FINENESS };
}
