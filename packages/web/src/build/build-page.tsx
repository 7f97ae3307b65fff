import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { type Scene, useScene } from '../map/stage-store.ts';
import { client } from '../api.ts';
import { formatPlural } from '../format.ts';
import { SignedIn } from '../shell/signed-in.tsx';
import { BuildProgress } from './build-progress.tsx';
import { requestOf } from './draft.ts';
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
  const { draft, change } = drafting;
  const { job, title } = route.useSearch();
  const navigate = route.useNavigate();
  const [attempt, setAttempt] = useState(1);
  if (job === undefined) return <Workbench drafting={drafting} />;
  const name = title ?? 'Virtual raster';
  const goBack = (): void => void navigate({ search: (former) => ({ ...former, job: undefined }), replace: true });
  return (
    <BuildProgress
      // The steps of each attempt are its own.
      key={`${job} ${attempt}`}
      jobId={job}
      title={name}
      draft={draft}
      onRetried={() => setAttempt(attempt + 1)}
      onLeaveOut={(ids) => {
        change({ kind: 'remove', ids }, `Left out ${formatPlural(ids.length, 'source')}`);
        goBack();
      }}
      onBuildAnew={async () => {
        const { body } = requestOf(draft, name);
        if (body === null) return;
        const { job_id: next } = await client.createVrt(body);
        await navigate({ search: (former) => ({ ...former, job: next }), replace: true });
      }}
      onBack={goBack}
    />
  );
}
