import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo } from 'react';
import { type BBox, unionOf } from '../map/bbox.ts';
import { boxesLayer } from '../map/layers/boxes.ts';
import { PALETTES } from '../map/palette.ts';
import { useMapHandle, useScene } from '../map/stage-store.ts';
import { SignedIn } from '../shell/signed-in.tsx';
import { useThemeMode } from '../shell/theme.ts';
import { Tabs } from '../ui/tabs.tsx';
import { RegisterTab } from './register-tab.tsx';
import { UploadTab } from './upload-tab.tsx';
import { useUploads } from './uploads-store.ts';
import { useTitle } from '../use-title.ts';

const route = getRouteApi('/add');

interface Place {
  readonly id: string;
  readonly box: BBox;
}

/** Where rasters come in: from this computer, or from where they lie. */
export function AddPage(): ReactNode {
  const { how } = route.useSearch();
  useTitle('Add rasters');
  const navigate = route.useNavigate();
  const mode = useThemeMode();
  const items = useUploads();
  const handle = useMapHandle();
  // Progress changes the items many times a second, where they lie only once: text tells whether that is the same.
  const text = JSON.stringify(
    items.flatMap(({ key, preview }): Place[] =>
      preview?.extent_bbox == null ? [] : [{ id: key, box: preview.extent_bbox }],
    ),
  );
  const places = useMemo(() => JSON.parse(text) as Place[], [text]);
  const layers = useMemo(() => [boxesLayer('uploads', places, PALETTES[mode])], [places, mode]);
  useEffect(() => {
    const box = unionOf(places.map((one) => one.box));
    if (box !== null) handle?.fit(box, { maxZoom: 8 });
  }, [places, handle]);
  useScene({
    label: 'Map of the rasters to be added',
    layers,
    onPick: ({ features: [picked] }) => {
      const box = places.find(({ id }) => id === picked?.id)?.box;
      if (box !== undefined) handle?.fit(box);
    },
  });
  return (
    <SignedIn atLeast="editor" purpose="to add rasters">
      <h1 className="px-4 pt-3 pb-1 text-lg font-semibold">Add rasters</h1>
      <Tabs
        label="Where they come from"
        value={how ?? 'upload'}
        onValueChange={(next) =>
          void navigate({
            search: (former) => ({ ...former, how: next === 'register' ? 'register' : undefined }),
            replace: true,
          })
        }
        tabs={[
          { value: 'upload', label: 'Upload', content: <UploadTab /> },
          { value: 'register', label: 'Register in place', content: <RegisterTab /> },
        ]}
      />
    </SignedIn>
  );
}
