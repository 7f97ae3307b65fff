import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { boxesLayer } from '../map/layers/boxes.ts';
import { PALETTES } from '../map/palette.ts';
import { useMapHandle, useScene } from '../map/stage-store.ts';
import { SignedIn } from '../shell/signed-in.tsx';
import { useThemeMode } from '../shell/theme.ts';
import { Tabs } from '../ui/tabs.tsx';
import { RegisterTab } from './register-tab.tsx';
import { UploadTab } from './upload-tab.tsx';
import { useUploads } from './uploads-store.ts';

const route = getRouteApi('/add');

/** Where rasters come in: from this computer, or from where they lie. */
export function AddPage(): ReactNode {
  const { how } = route.useSearch();
  const navigate = route.useNavigate();
  const mode = useThemeMode();
  const items = useUploads();
  const handle = useMapHandle();
  const boxes = useMemo(
    () =>
      items.flatMap(({ key, preview }) =>
        preview?.extent_bbox == null ? [] : [{ id: key, box: preview.extent_bbox }],
      ),
    [items],
  );
  // Progress changes the items many times a second; where they lie only once.
  const places = JSON.stringify(boxes);
  const layers = useMemo(
    () => [boxesLayer('uploads', JSON.parse(places) as typeof boxes, PALETTES[mode])],
    [places, mode],
  );
  useScene({
    label: 'Map of the rasters to be added',
    layers,
    onPick: ({ features: [picked] }) => {
      const box = boxes.find(({ id }) => id === picked?.id)?.box;
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
