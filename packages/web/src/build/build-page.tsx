import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Scene, useScene } from '../map/stage-store.ts';
import { SignedIn } from '../shell/signed-in.tsx';
import { BuildProgress } from './build-progress.tsx';
import { useDraft } from './use-draft.ts';
import { Workbench } from './workbench.tsx';
import { useTitle } from '../use-title.ts';

const route = getRouteApi('/build');
const SCENE: Scene = { label: 'Map of the sources', layers: [] };

/** Builds a virtual raster of datasets of the catalogue. */
export function BuildPage(): ReactNode {
  useTitle('Build a virtual raster');
  useScene(SCENE);
  return (
    <SignedIn atLeast="editor" purpose="to build a virtual raster">
      <Builder />
    </SignedIn>
  );
}

function Builder(): ReactNode {
  const drafting = useDraft();
  const { job, title } = route.useSearch();
  const navigate = route.useNavigate();
  if (job === undefined) return <Workbench drafting={drafting} />;
  return (
    <BuildProgress
      // A job's steps are its own.
      key={job}
      jobId={job}
      title={title ?? 'Virtual raster'}
      onBack={() => void navigate({ search: (former) => ({ ...former, job: undefined }), replace: true })}
    />
  );
}
