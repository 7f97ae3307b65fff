import type { ReactNode } from 'react';
import { type Scene, useScene } from '../map/stage-store.ts';
import { SignedIn } from '../shell/signed-in.tsx';
import { useTitle } from '../use-title.ts';

const SCENE: Scene = { label: 'Map of the sources', layers: [] };

/** Builds a virtual raster of datasets of the catalogue. */
export function BuildPage(): ReactNode {
  useTitle('Build a virtual raster');
  useScene(SCENE);
  return (
    <SignedIn atLeast="editor" purpose="to build a virtual raster">
      <div className="p-4">
        <h1 className="text-xl font-semibold">Build a virtual raster</h1>
      </div>
    </SignedIn>
  );
}
