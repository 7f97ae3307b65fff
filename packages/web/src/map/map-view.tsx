import { Map as MapLibreMap, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { type ReactNode, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useThemeMode } from '../shell/theme.ts';
import { unwrapped } from './bbox.ts';
import { attachBoxSelect } from './box-select.ts';
import { paintLayers } from './layer-painter.ts';
import type { MapLayer, Picked } from './map-layer.ts';
import { PALETTES } from './palette.ts';
import { type MapHandle, type Scene, setMapHandle } from './stage-store.ts';
import { styleId } from './sync-layers.ts';
import { useBasemap } from './use-basemap.ts';
import { setSight, type Viewport } from './viewport.ts';

setWorkerUrl(workerUrl);

export interface MapViewProps {
  readonly scene: Scene;
  /** Where to begin. */
  readonly start: Viewport;
  /** The map came to rest, moved by whoever looks at it (not by the application). */
  readonly onMoved: (viewport: Viewport) => void;
}

const PADDING = 48;

/** The map: the only file that holds a MapLibre `Map`. Pages reach it through stage-store.ts. */
export default function MapView({ scene, start, onMoved }: MapViewProps): ReactNode {
  const element = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const mode = useThemeMode();
  const basemap = useBasemap(map, PALETTES[mode]);

  const begin = useEffectEvent(() => start);
  const moved = useEffectEvent(onMoved);
  const current = useEffectEvent(() => scene);

  useEffect(() => {
    if (element.current === null) return undefined;
    const { zoom, lat, lon } = begin();
    let made: MapLibreMap;
    try {
      made = new MapLibreMap({
        container: element.current,
        style: { version: 8, sources: {}, layers: [{ id: 'water', type: 'background', paint: {} }] },
        center: [lon, lat],
        zoom,
        attributionControl: false,
        boxZoom: false,
        dragRotate: false,
        pitchWithRotate: false,
        touchPitch: false,
        maxPitch: 0,
        renderWorldCopies: true,
        fadeDuration: 0,
      });
    } catch (error) {
      // Without WebGL there is no map; lists and forms work all the same. Only making the map can tell.
      // oxlint-disable-next-line react/set-state-in-effect
      setProblem(error instanceof Error ? error.message : String(error));
      return undefined;
    }
    made.touchZoomRotate.disableRotation();
    made.keyboard.disableRotation();
    const settle = (isByHand: boolean): void => {
      const bounds = made.getBounds();
      const { lng, lat } = made.getCenter();
      const viewport = { zoom: made.getZoom(), lat, lon: lng };
      setSight({ ...viewport, bbox: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()] });
      if (isByHand) moved(viewport);
    };
    // A tile that is missing is seen to be missing, and asked for again with the next movement.
    made.on('error', ({ error }) => console.debug(error.message));
    made.on('moveend', () => settle(true));
    // Whether something is still on its way, for assistive technology and for whoever takes a picture.
    const container = made.getContainer();
    made.on('dataloading', () => container.setAttribute('aria-busy', 'true'));
    made.on('idle', () => container.setAttribute('aria-busy', 'false'));
    made.once('load', () => {
      setMap(made);
      settle(false);
      setMapHandle(handleOf(made));
    });
    const endBoxes = attachBoxSelect(made, {
      isOn: (isShift) => {
        const { onBox, tool } = current();
        return onBox !== undefined && (tool === 'box' || isShift);
      },
      onBox: (bbox, isAdditive) => current().onBox?.(bbox, isAdditive),
    });
    return () => {
      endBoxes();
      setMapHandle(null);
      setSight(null);
      made.remove();
      setMap(null);
    };
  }, []);

  const { layers, tool } = scene;
  const painter = useMemo(() => (map === null ? null : paintLayers(map)), [map]);
  useEffect(() => () => painter?.end(), [painter]);
  useEffect(() => painter?.want([...basemap, ...layers]), [painter, basemap, layers]);

  useEffect(() => {
    map?.setPaintProperty('water', 'background-color', PALETTES[mode].water);
  }, [map, mode]);

  useEffect(() => {
    map?.getCanvas().setAttribute('aria-label', scene.label);
  }, [map, scene.label]);

  useEffect(() => {
    if (map === null) return undefined;
    let hovered: string | null = null;
    const show = (picked: Picked | undefined): void => {
      map.getCanvas().style.cursor = current().tool === 'box' ? 'crosshair' : picked === undefined ? '' : 'pointer';
      const key = picked === undefined ? null : `${picked.layer}/${picked.id}`;
      if (key === hovered) return;
      hovered = key;
      current().onHover?.(picked ?? null);
    };
    // Pointers move many times a frame; what they are over is looked up once in each.
    let frame = 0;
    const point = map.on('mousemove', ({ point: { x, y } }) => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        if (!map.isMoving()) show(pickedAt(map, current().layers, x, y)[0]);
      });
    });
    const leave = map.on('mouseout', () => {
      cancelAnimationFrame(frame);
      show(undefined);
    });
    const click = map.on('click', ({ point: { x, y }, lngLat, originalEvent: event }) => {
      const { onPick, tool, layers } = current();
      if (tool === 'box') return;
      onPick?.({
        lon: lngLat.lng,
        lat: lngLat.lat,
        features: pickedAt(map, layers, x, y),
        isAdditive: event.shiftKey || event.ctrlKey || event.metaKey,
      });
    });
    return () => {
      cancelAnimationFrame(frame);
      point.unsubscribe();
      leave.unsubscribe();
      click.unsubscribe();
    };
  }, [map]);

  useEffect(() => {
    if (map !== null) map.getCanvas().style.cursor = tool === 'box' ? 'crosshair' : '';
  }, [map, tool]);

  return (
    <>
      <div ref={element} className="absolute! inset-0" aria-busy="true" />
      {problem !== null && (
        <p role="alert" className="absolute inset-x-0 top-1/3 mx-auto max-w-sm px-6 text-center text-soft">
          This browser cannot draw the map: WebGL is missing or switched off. Lists and forms work without it.
        </p>
      )}
    </>
  );
}

/** What can be picked at a place, the topmost first, each once. */
function pickedAt(map: MapLibreMap, layers: readonly MapLayer[], x: number, y: number): Picked[] {
  const pickable = layers.filter(({ isPickable }) => isPickable === true);
  const names = pickable.flatMap((layer) => layer.styles.map((_, index) => styleId(layer, index)));
  if (names.length === 0) return [];
  const seen = new Map<string, Picked>();
  // A box of a few pixels, so that thin lines and small dots can be hit.
  for (const feature of map.queryRenderedFeatures(
    [
      [x - 2, y - 2],
      [x + 2, y + 2],
    ],
    { layers: names.filter((name) => map.getLayer(name) !== undefined) },
  )) {
    const id: unknown = feature.properties['id'];
    if (typeof id === 'string') seen.set(`${feature.source}/${id}`, { layer: feature.source, id });
  }
  return [...seen.values()];
}

function handleOf(map: MapLibreMap): MapHandle {
  return {
    fit(bbox, { maxZoom = 17, isInstant = false } = {}) {
      const [west, south, east, north] = unwrapped(bbox);
      const { clientWidth, clientHeight } = map.getContainer();
      const padding = Math.min(PADDING, clientWidth / 6, clientHeight / 6);
      map.fitBounds([west, Math.max(-85, south), east, Math.min(85, north)], {
        padding,
        maxZoom,
        ...(isInstant ? { duration: 0 } : { duration: 500 }),
      });
    },
    moveTo({ zoom, lat, lon }) {
      map.jumpTo({ zoom, center: [lon, lat] });
    },
    zoomBy(levels) {
      map.easeTo({ zoom: map.getZoom() + levels, duration: 200 });
    },
  };
}
