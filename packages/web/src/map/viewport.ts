import { useSyncExternalStore } from 'react';
import type { BBox } from './bbox.ts';

/** What the map looks at. */
export interface Viewport {
  readonly zoom: number;
  /** Of the middle, in degrees. */
  readonly lat: number;
  readonly lon: number;
}

/** `5.20/48.1371/11.5754`: zoom, latitude, longitude, as MapLibre and OpenStreetMap write it. */
export function formatViewport({ zoom, lat, lon }: Viewport): string {
  // Enough decimals to place the middle within a quarter of a pixel: a pixel is 360 / (512 * 2 ** zoom) degrees.
  const decimals = Math.max(2, Math.ceil((zoom * Math.LN2 + Math.log(512 / 360 / 0.25)) / Math.LN10));
  return `${zoom.toFixed(2)}/${lat.toFixed(decimals)}/${lon.toFixed(decimals)}`;
}

/** Reads {@link formatViewport}; null for anything else. */
export function parseViewport(text: string): Viewport | null {
  const parts = text.split('/').map((part) => (part === '' ? NaN : Number(part)));
  const [zoom, lat, lon] = parts;
  if (parts.length !== 3 || !parts.every(Number.isFinite)) return null;
  return { zoom: Math.min(24, Math.max(0, zoom!)), lat: Math.min(85, Math.max(-85, lat!)), lon: lon! };
}

/** The viewport after the map came to rest, with what it shows; null before there is a map. */
export interface Sight extends Viewport {
  /** Not wrapped: west is less than east, and both may be past 180. */
  readonly bbox: BBox;
}

let sight: Sight | null = null;
const listeners = new Set<() => void>();

/** Told by the map whenever it came to rest. */
export function setSight(next: Sight | null): void {
  sight = next;
  for (const listener of listeners) listener();
}

/** What the map shows, after each movement. */
export function useSight(): Sight | null {
  return useSyncExternalStore(subscribe, () => sight);
}

/** The same, once. */
export function currentSight(): Sight | null {
  return sight;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
