import type { ThemeMode } from '../shell/theme.ts';

/** Colours of the map. WebGL knows no CSS variables, so theme.css and this agree by hand; test/contrast.test.ts compares. */
export interface Palette {
  readonly water: string;
  readonly land: string;
  readonly coast: string;
  readonly border: string;
  readonly accent: string;
  readonly ink: string;
  readonly halo: string;
  readonly danger: string;
  readonly warn: string;
  readonly good: string;
}

export const PALETTES: Readonly<Record<ThemeMode, Palette>> = {
  light: {
    water: '#e6e9ea',
    land: '#fbfaf7',
    coast: '#aab0b1',
    border: '#dcd8cf',
    accent: '#2b3fbf',
    ink: '#211f1b',
    halo: '#ffffff',
    danger: '#b3261e',
    warn: '#85540a',
    good: '#28683c',
  },
  dark: {
    water: '#131416',
    land: '#22201e',
    coast: '#4b4a48',
    border: '#35322e',
    accent: '#98a6ff',
    ink: '#edeae3',
    halo: '#131210',
    danger: '#ff9d92',
    warn: '#e9b766',
    good: '#86cf9b',
  },
};
