import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo } from 'react';
import { queries } from '../api.ts';
import { serverPath } from '../base.ts';
import { tilesLayer } from '../map/layers/tiles.ts';
import { type Scene, useMapHandle, useScene } from '../map/stage-store.ts';
import { Failure } from '../shell/page-error.tsx';
import { PagePending } from '../shell/page-pending.tsx';
import { useTitle } from '../use-title.ts';

const route = getRouteApi('/datasets/$id');

/** A dataset: its pixels on the map, and what it is. */
export function DatasetPage(): ReactNode {
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(queries.dataset(id));
  useTitle(data?.title);
  const bbox = data?.extent_bbox ?? null;
  const handle = useMapHandle();
  const scene = useMemo<Scene>(
    () => ({
      label: `Map of ${data?.title ?? 'a dataset'}`,
      layers:
        bbox === null
          ? []
          : [
              tilesLayer('raster', {
                tiles: [location.origin + serverPath(`/api/datasets/${id}/tiles/{z}/{x}/{y}.png`)],
                tileSize: 256,
                ...(bbox[0] <= bbox[2] ? { bounds: bbox } : {}),
              }),
            ],
    }),
    [id, data?.title, bbox],
  );
  useScene(scene);
  useEffect(() => {
    if (bbox !== null) handle?.fit(bbox);
  }, [bbox, handle]);
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <PagePending />;
  return (
    <div className="p-4">
      <h1 className="text-xl font-semibold">{data.title}</h1>
    </div>
  );
}
