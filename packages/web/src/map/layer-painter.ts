import type { Map as MapLibreMap } from 'maplibre-gl';
import type { MapLayer } from './map-layer.ts';
import { paintStates } from './state-painter.ts';
import { syncLayers } from './sync-layers.ts';
import { afterPaint, takeTurns } from './turns.ts';

/** Makes a map show layers. */
export interface LayerPainter {
  /** What it is to show from now on, from the bottom up. */
  want(layers: readonly MapLayer[]): void;
  end(): void;
}

/**
 * Makes a map show layers, after whatever made them want to be shown has been answered on the page: a click on a row marks the row
 * first. Sources of many features are sent to the map's worker one in each frame, states of features some in each.
 */
export function paintLayers(map: MapLibreMap): LayerPainter {
  const painters = { states: paintStates(map), data: takeTurns() };
  let shown: readonly MapLayer[] = [];
  let wanted = shown;
  let callOff: (() => void) | null = null;
  const paint = (): void => {
    callOff = null;
    syncLayers(map, painters, shown, wanted);
    shown = wanted;
    // So that the map comes to rest, and says so, where nothing differs.
    map.triggerRepaint();
  };
  return {
    want(layers) {
      wanted = layers;
      map.getContainer().setAttribute('aria-busy', 'true');
      callOff ??= afterPaint(paint);
    },
    end() {
      callOff?.();
      painters.states.end();
      painters.data.end();
    },
  };
}
