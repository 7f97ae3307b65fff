import { useQuery } from '@tanstack/react-query';
import type { Map as MapLibreMap } from 'maplibre-gl';
import { useEffect, useMemo, useState } from 'react';
import { queries } from '../api.ts';
import { type Land, landLayer } from './layers/land.ts';
import { tilesLayer } from './layers/tiles.ts';
import { landScaleFor, loadLand } from './load-land.ts';
import type { MapLayer } from './map-layer.ts';
import type { Palette } from './palette.ts';
import { useSight } from './viewport.ts';

const NOTHING: readonly MapLayer[] = [];

/** What lies below everything: the operator's map tiles where there are some, else land in as fine a scale as the zoom asks for. */
export function useBasemap(map: MapLibreMap | null, palette: Palette): readonly MapLayer[] {
  const { data: settings } = useQuery(queries.settings());
  const [land, setLand] = useState<{ readonly scale: number; readonly data: Land } | null>(null);
  const tiles = settings?.basemap ?? null;
  const zoom = useSight()?.zoom ?? 0;
  const scale = Math.max(landScaleFor(zoom), land?.scale ?? 0);
  const isWanted = map !== null && settings !== undefined && tiles === null && (land === null || scale > land.scale);

  useEffect(() => {
    if (!isWanted) return undefined;
    const ending = new AbortController();
    loadLand(scale, ending.signal).then(
      (data) => setLand({ scale, data }),
      (error: unknown) => {
        // The rasters are what people came for; the land below them is not worth an alarm.
        if (!ending.signal.aborted) console.warn(error);
      },
    );
    return () => ending.abort();
  }, [isWanted, scale]);

  return useMemo(() => {
    if (tiles !== null) return [tilesLayer('basemap', { tiles: [tiles.url], tileSize: 256 })];
    return land === null ? NOTHING : [landLayer(land.data, palette)];
  }, [tiles, land, palette]);
}
