import { type ReactNode, useEffect, useId, useSyncExternalStore } from 'react';
import type { BBox } from './bbox.ts';
import type { MapLayer, Picked } from './map-layer.ts';
import type { Viewport } from './viewport.ts';

// There is one map, kept while pages come and go. A page describes with `useScene` what it wants to see on it, and moves it
// through its handle.

/** A place that was clicked, and what is there, the topmost first. */
export interface Pick {
  readonly lon: number;
  readonly lat: number;
  readonly features: readonly Picked[];
  /** Shift, Ctrl or Cmd was held: in addition to what was chosen before. */
  readonly isAdditive: boolean;
}

/** What a page wants of the map. */
export interface Scene {
  /** What the map is of, for screen readers: "Map of the catalogue's footprints". */
  readonly label: string;
  /** From the bottom up, above the basemap. */
  readonly layers: readonly MapLayer[];
  readonly onPick?: (pick: Pick) => void;
  /** What the pointer is over; null for nothing. */
  readonly onHover?: (picked: Picked | null) => void;
  /** A box was drawn: with the tool, or with Shift held. Without it, Shift and dragging zooms to the box. */
  readonly onBox?: (bbox: BBox, isAdditive: boolean) => void;
  /** What dragging does: moves the map, or draws a box. */
  readonly tool?: 'move' | 'box';
  /** Buttons on the map, above the zoom buttons. */
  readonly tools?: ReactNode;
  /** Anything else on the map, at its bottom left: a legend, a reading of values. */
  readonly overlay?: ReactNode;
}

/** How pages move the map. */
export interface MapHandle {
  /** Shows all of a box; `maxZoom` keeps small ones from filling the screen. */
  fit(bbox: BBox, options?: { readonly maxZoom?: number; readonly isInstant?: boolean }): void;
  moveTo(viewport: Viewport): void;
  zoomBy(levels: number): void;
}

let scenes: readonly { readonly key: string; readonly scene: Scene }[] = [];
let handle: MapHandle | null = null;
const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shows a scene as long as the calling component is there. Keep `layers` the same while nothing changed; the rest may be new each time. */
export function useScene(scene: Scene): void {
  const key = useId();
  useEffect(() => {
    scenes = [...scenes.filter((one) => one.key !== key), { key, scene }];
    notify();
  }, [key, scene]);
  useEffect(
    () => () => {
      scenes = scenes.filter((one) => one.key !== key);
      notify();
    },
    [key],
  );
}

/** What the map is to show now; null where no page wants one. */
export function useCurrentScene(): Scene | null {
  return useSyncExternalStore(subscribe, () => scenes.at(-1)?.scene ?? null);
}

/** The map; null until it is there. */
export function useMapHandle(): MapHandle | null {
  return useSyncExternalStore(subscribe, () => handle);
}

/** Told by the map when it is there, and when it is gone. */
export function setMapHandle(next: MapHandle | null): void {
  handle = next;
  notify();
}
