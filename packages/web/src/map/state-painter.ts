import type { FeatureState } from './map-layer.ts';
import { type Defer, nextFrame } from './turns.ts';

/** What is needed of MapLibre's map: states by source and feature. */
export interface StatefulMap {
  setFeatureState(feature: { source: string; id: string }, state: FeatureState): void;
  removeFeatureState(feature: { source: string; id: string }): void;
}

/** Brings the states of features to what is wanted. */
export interface StatePainter {
  /** Makes the features of a source have these states and no others; those left out have none. */
  want(source: string, states: ReadonlyMap<string, FeatureState>): void;
  /** The source is gone, and all states with it. */
  forget(source: string): void;
  end(): void;
}

/**
 * Changes made at once. Each costs the main thread about 20 microseconds, most of it when the next picture is drawn: ten thousand in
 * one piece would hold up whoever clicks next.
 */
const PER_FRAME = 800;

interface Painted {
  readonly shown: Map<string, FeatureState>;
  wanted: ReadonlyMap<string, FeatureState>;
  /** Ids whose state differs, the last to be changed first. */
  pending: string[];
}

/** Paints states a frame at a time: the first ones at once, of many the others in the frames that follow. */
export function paintStates(map: StatefulMap, defer: Defer = nextFrame): StatePainter {
  const sources = new Map<string, Painted>();
  let callOff: (() => void) | null = null;

  const paint = (source: string, { shown, wanted }: Painted, id: string): void => {
    const state = wanted.get(id);
    if (shown.has(id)) map.removeFeatureState({ source, id });
    if (state === undefined) shown.delete(id);
    else {
      map.setFeatureState({ source, id }, state);
      shown.set(id, state);
    }
  };
  const work = (): void => {
    callOff = null;
    let left = PER_FRAME;
    for (const [source, painted] of sources) {
      for (; left > 0 && painted.pending.length > 0; left -= 1) paint(source, painted, painted.pending.pop() ?? '');
    }
    if (left === 0) callOff = defer(work);
  };
  return {
    want(source, states) {
      const painted = sources.get(source) ?? { shown: new Map(), wanted: NONE, pending: [] };
      if (painted.wanted === states) return;
      sources.set(source, painted);
      painted.wanted = states;
      painted.pending = differing(painted.shown, states);
      if (callOff === null) work();
    },
    forget(source) {
      sources.delete(source);
    },
    end() {
      callOff?.();
      sources.clear();
    },
  };
}

const NONE: ReadonlyMap<string, FeatureState> = new Map();

function differing(shown: ReadonlyMap<string, FeatureState>, wanted: ReadonlyMap<string, FeatureState>): string[] {
  const ids: string[] = [];
  for (const id of shown.keys()) if (!wanted.has(id)) ids.push(id);
  for (const [id, state] of wanted) if (!isSame(shown.get(id), state)) ids.push(id);
  return ids;
}

function isSame(a: FeatureState | undefined, b: FeatureState): boolean {
  if (a === b) return true;
  if (a === undefined) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
