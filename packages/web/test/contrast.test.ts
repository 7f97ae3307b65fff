import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PALETTES } from '../src/map/palette.ts';

// The colours of theme.css, as WCAG 2.2 measures them.

const css = readFileSync(new URL('../src/theme.css', import.meta.url), 'utf8');
const colors = new Map(
  [...css.matchAll(/--color-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }] as const,
  ),
);

/** Text on what it stands on, everywhere in the application; 4.5 : 1 (1.4.3). */
const TEXT: readonly (readonly [text: string, ground: string])[] = [
  ...['paper', 'raised', 'sunken', 'hover', 'accent-wash'].flatMap((ground): [string, string][] => [
    ['ink', ground],
    ['soft', ground],
  ]),
  ...['paper', 'raised', 'sunken', 'accent-wash'].map((ground): [string, string] => ['accent', ground]),
  ...['paper', 'raised', 'danger-wash'].map((ground): [string, string] => ['danger', ground]),
  ...['paper', 'warn-wash'].map((ground): [string, string] => ['warn', ground]),
  ...['paper', 'good-wash'].map((ground): [string, string] => ['good', ground]),
  ...['danger-wash', 'warn-wash', 'good-wash'].map((ground): [string, string] => ['ink', ground]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['paper', 'ink'],
];
/** Lines that show where a control is; 3 : 1 (1.4.11). */
const LINES: readonly (readonly [line: string, ground: string])[] = [
  ['edge', 'paper'],
  ['edge', 'raised'],
  ['edge', 'sunken'],
  ['accent', 'paper'],
];

for (const mode of ['light', 'dark'] as const) {
  describe(`in ${mode} mode`, () => {
    const ratio = (a: string, b: string): number => {
      const [one, other] = [luminance(of(a)), luminance(of(b))];
      return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    };
    const of = (name: string): string => {
      const color = colors.get(name);
      assert.ok(color, `theme.css has no colour "${name}"`);
      return color[mode];
    };
    for (const [text, ground] of TEXT) {
      it(`${text} can be read on ${ground}`, () => {
        const measured = ratio(text, ground);
        assert.ok(measured >= 4.5, `${measured.toFixed(2)} : 1`);
      });
    }
    for (const [line, ground] of LINES) {
      it(`${line} can be seen on ${ground}`, () => {
        const measured = ratio(line, ground);
        assert.ok(measured >= 3, `${measured.toFixed(2)} : 1`);
      });
    }
    it('the map has the accent, the ink and the warnings of the page', () => {
      for (const name of ['accent', 'ink', 'danger', 'warn', 'good'] as const) {
        assert.equal(PALETTES[mode][name], of(name), name);
      }
    });
  });
}

/** Relative luminance (WCAG 2.2, "relative luminance"). */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
