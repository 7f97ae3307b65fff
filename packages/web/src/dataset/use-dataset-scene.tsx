import type { Dataset, TileJson } from '@inlay/contract';
import { getRouteApi } from '@tanstack/react-router';
import { Eye, EyeOff, Maximize } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { type BBox, parseBBox, unwrapped, wrapped } from '../map/bbox.ts';
import { boxesLayer } from '../map/layers/boxes.ts';
import { placeLayer } from '../map/layers/place.ts';
import { tilesLayer } from '../map/layers/tiles.ts';
import { PALETTES } from '../map/palette.ts';
import { type Scene, useMapHandle, useScene } from '../map/stage-store.ts';
import { useThemeMode } from '../shell/theme.ts';
import { IconButton } from '../ui/button.tsx';
import { MapLegend } from './map-legend.tsx';
import { linkQuery } from './link.ts';
import { formatPlace, opacityOf, parsePlace, pictureOf, renderQuery } from './picture.ts';
import { ValueReading } from './value-reading.tsx';

const route = getRouteApi('/datasets/$id');

/** Drawing the box to export. */
export interface BoxTool {
  readonly isDrawing: boolean;
  /** Null where none is asked for. */
  readonly onBox: ((box: BBox) => void) | null;
}

/** Shows a dataset on the map: its tiles, the place whose values are read, its legend and buttons. */
export function useDatasetScene(dataset: Dataset, tileJson: TileJson | undefined, { isDrawing, onBox }: BoxTool): void {
  const { id, title, extent_bbox: extent } = dataset;
  const hasPixels = dataset.access.pixels;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const handle = useMapHandle();
  const palette = PALETTES[useThemeMode()];
  const [isHidden, setHidden] = useState(false);
  const { at } = search;
  const [parameters, link] = useMemo(() => [renderQuery(pictureOf(search)), linkQuery(search)], [search]);
  const clip = onBox === null ? undefined : search.clip;
  const opacity = isHidden ? 0 : opacityOf(search.opacity) / 100;
  useFirstFit(id, extent, search.map !== undefined);

  const layers = useMemo(() => {
    const template = tileJson?.tiles[0];
    const place = at === undefined ? null : parsePlace(at);
    const box = parseBBox(clip ?? '');
    return [
      ...(template === undefined || tileJson === undefined
        ? []
        : [
            tilesLayer('raster', {
              tiles: [templateHere(template)],
              tileSize: tileJson.tileSize,
              // A coarser zoom costs one small picture, and shows where it lies.
              minzoom: Math.max(0, tileJson.minzoom - 2),
              maxzoom: tileJson.maxzoom,
              bounds: tileJson.bounds,
              opacity,
              isCrisp: true,
            }),
          ]),
      ...(box === null ? [] : [boxesLayer('clip', [{ id: 'clip', box }], palette)]),
      ...(place === null ? [] : [placeLayer('place', place, palette)]),
    ];
  }, [tileJson, opacity, at, clip, palette]);

  const scene = useMemo<Scene>(
    () => ({
      label: `Map of ${title}`,
      layers,
      tool: isDrawing ? 'box' : 'move',
      ...(onBox === null ? {} : { onBox: (box: BBox) => onBox(wrapped(box)) }),
      onPick: ({ lon, lat }) => {
        const at = formatPlace({ lon: lon - 360 * Math.floor((lon + 180) / 360), lat });
        void navigate({ search: (former) => ({ ...former, at }), replace: true });
      },
      tools: (
        <Tools
          isHidden={isHidden}
          onHide={() => setHidden(!isHidden)}
          onFit={extent === null ? null : () => handle?.fit(extent)}
        />
      ),
      overlay: hasPixels && (
        <div className="flex flex-col items-start gap-2">
          {at !== undefined && (
            <ValueReading
              id={id}
              at={at}
              link={link}
              onClose={() => void navigate({ search: (former) => ({ ...former, at: undefined }), replace: true })}
            />
          )}
          <MapLegend id={id} parameters={parameters} link={link} />
        </div>
      ),
    }),
    [id, title, hasPixels, parameters, link, layers, isHidden, isDrawing, onBox, extent, handle, navigate, at],
  );
  useScene(scene);
}

/** Shows all of the dataset when its page opens, unless the URL says what to look at. */
function useFirstFit(id: string, extent: BBox | null, isPlaced: boolean): void {
  const handle = useMapHandle();
  const fitted = useRef<string | null>(isPlaced ? id : null);
  useEffect(() => {
    if (handle === null || extent === null || fitted.current === id) return;
    fitted.current = id;
    handle.fit(unwrapped(extent), { isInstant: true });
  }, [handle, extent, id]);
}

/** A tile template as this page reaches it, as fine as the screen: the server may know itself by another name. */
function templateHere(template: string): string {
  const path = template.replace(/^https?:\/\/[^/]+/, '');
  return location.origin + (devicePixelRatio > 1 ? path.replace(/(\.\w+)(\?|$)/, '@2x$1$2') : path);
}

function Tools(props: {
  readonly isHidden: boolean;
  readonly onHide: () => void;
  readonly onFit: (() => void) | null;
}): ReactNode {
  const { isHidden, onHide, onFit } = props;
  return (
    <>
      {onFit !== null && <IconButton icon={Maximize} label="Show all of it" side="left" onClick={onFit} />}
      <IconButton
        icon={isHidden ? EyeOff : Eye}
        label="Only the basemap"
        side="left"
        pressed={isHidden}
        onClick={onHide}
      />
    </>
  );
}
