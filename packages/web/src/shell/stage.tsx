import { useNavigate, useSearch } from '@tanstack/react-router';
import { Minus, Plus } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { queries } from '../api.ts';
import { type Scene, useCurrentScene, useMapHandle } from '../map/stage-store.ts';
import { formatViewport, useSight, type Viewport } from '../map/viewport.ts';
import { viewportOf } from '../search-params.ts';
import { IconButton } from '../ui/button.tsx';
import { ScaleBar } from './scale-bar.tsx';

// MapLibre is larger than all the rest: the page is there, and can be used, before it is.
const MapView = lazy(() => import('../map/map-view.tsx'));

const WORLD: Viewport = { zoom: 1.2, lat: 25, lon: 10 };
const EMPTY: Scene = { label: 'Map', layers: [] };

/** The map with its buttons. It is made when the first page wants one, and kept from then on. */
export function Stage({ isShown }: { readonly isShown: boolean }): ReactNode {
  const scene = useCurrentScene();
  const [wasWanted, setWasWanted] = useState(false);
  if (scene !== null && !wasWanted) setWasWanted(true);
  const [start, onMoved] = useViewportInUrl();
  const handle = useMapHandle();
  const { data: settings } = useQuery(queries.settings());
  return (
    <section
      aria-label="Map"
      // Out of sight, but as large as it was: a map that is measured anew draws anew.
      inert={!isShown}
      className="relative min-h-0 flex-1 overflow-hidden bg-sunken [container-type:size]"
    >
      {wasWanted && (
        <Suspense>
          <MapView scene={scene ?? EMPTY} start={start} onMoved={onMoved} />
        </Suspense>
      )}
      <div className="pointer-events-none absolute inset-0 z-10 flex flex-col justify-between p-3">
        <div className="flex justify-end [@container(max-height:14rem)]:hidden">
          <div className="pointer-events-auto flex flex-col gap-2">
            {scene?.tools !== undefined && <MapTools label="Tools">{scene.tools}</MapTools>}
            <MapTools label="Zoom">
              <IconButton icon={Plus} label="Zoom in" side="left" onClick={() => handle?.zoomBy(1)} />
              <IconButton icon={Minus} label="Zoom out" side="left" onClick={() => handle?.zoomBy(-1)} />
            </MapTools>
          </div>
        </div>
        <div className="mt-auto flex items-end justify-between gap-4">
          <div className="pointer-events-auto min-w-0">{scene?.overlay}</div>
          <div className="flex flex-col items-end gap-1 text-xs text-soft">
            <ScaleBar />
            {settings?.basemap?.attribution != null && (
              <span className="rounded-sm bg-raised/80 px-1">{settings.basemap.attribution}</span>
            )}
          </div>
        </div>
      </div>
    </section>
  );
}

/** Buttons on the map that belong together, one above the other. */
export function MapTools({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <div
      role="group"
      aria-label={label}
      className="flex flex-col rounded-lg border border-line bg-raised p-0.5 shadow-pop"
    >
      {children}
    </div>
  );
}

/** Where the map begins, and what to do when it was moved: the URL follows the map, and the map the URL where that changes. */
function useViewportInUrl(): readonly [start: Viewport, onMoved: (viewport: Viewport) => void] {
  const navigate = useNavigate();
  const wanted = useSearch({ strict: false, select: ({ map }) => map });
  const handle = useMapHandle();
  const sight = useSight();
  const [start] = useState(() => viewportOf(wanted) ?? WORLD);
  const written = useRef(wanted);

  useEffect(() => {
    if (wanted === undefined || wanted === written.current || handle === null) return;
    written.current = wanted;
    const viewport = viewportOf(wanted);
    if (viewport !== null && (sight === null || formatViewport(sight) !== wanted)) handle.moveTo(viewport);
  }, [wanted, handle, sight]);

  const onMoved = (viewport: Viewport): void => {
    const map = formatViewport(viewport);
    if (map === written.current) return;
    written.current = map;
    void navigate({ to: '.', search: (former) => ({ ...former, map }), replace: true, hash: true });
  };
  return [start, onMoved];
}
