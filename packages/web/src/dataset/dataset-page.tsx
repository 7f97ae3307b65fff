import type { Dataset } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { queries } from '../api.ts';
import { describeError } from '../describe-error.ts';
import { hasRole, useMe } from '../session.ts';
import { Failure } from '../shell/page-error.tsx';
import { PagePending } from '../shell/page-pending.tsx';
import { type Tab, Tabs } from '../ui/tabs.tsx';
import { useTitle } from '../use-title.ts';
import { AccessTab } from './access-tab.tsx';
import { datasetQueries } from './dataset-queries.ts';
import { FactsTab } from './facts-tab.tsx';
import { DatasetHeader } from './header.tsx';
import { HistoryTab } from './history-tab.tsx';
import { type DatasetTab, pictureOf, renderQuery } from './picture.ts';
import { PictureTab } from './picture-tab.tsx';
import { SourcesTab } from './sources-tab.tsx';
import { UseTab } from './use-tab.tsx';
import { useDatasetScene } from './use-dataset-scene.tsx';

const route = getRouteApi('/datasets/$id');

/** A dataset: its pixels on the map, and all that can be known of it and done with it. */
export function DatasetPage(): ReactNode {
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(queries.dataset(id));
  useTitle(data?.title);
  if (error !== null && data === undefined) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <PagePending />;
  // One dataset's unsaved changes are not another's.
  return <DatasetPanel key={id} dataset={data} />;
}

function DatasetPanel({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const me = useMe();
  const { id, record_type: type, raster } = dataset;
  const parameters = renderQuery(pictureOf(search));
  const tileJson = useQuery(datasetQueries.tileJson(id, parameters));
  useDatasetScene(dataset, tileJson.data);
  const isVirtual = type === 'vrt_dataset';
  const canChange = hasRole(me, 'editor') && (hasRole(me, 'admin') || me?.id === dataset.created_by);
  const problem = tileJson.error === null ? null : describeError(tileJson.error);

  const tabs: readonly Tab<DatasetTab | 'picture'>[] = [
    { value: 'picture', label: 'Picture', content: <PictureTab dataset={dataset} problem={problem} /> },
    { value: 'facts', label: 'Facts', content: <FactsTab dataset={dataset} /> },
    ...(isVirtual
      ? ([
          {
            value: 'sources',
            label: `Sources ${raster?.source_count ?? ''}`,
            content: <SourcesTab dataset={dataset} canChange={canChange} />,
          },
          { value: 'history', label: 'History', content: <HistoryTab id={id} canChange={canChange} /> },
        ] as const)
      : []),
    { value: 'use', label: 'Use', content: <UseTab dataset={dataset} parameters={parameters} /> },
    { value: 'access', label: 'Access', content: <AccessTab dataset={dataset} canChange={canChange} /> },
  ];
  const tab = tabs.some(({ value }) => value === search.tab) ? (search.tab ?? 'picture') : 'picture';
  return (
    <>
      <DatasetHeader dataset={dataset} canChange={canChange} />
      <Tabs
        label="About this dataset"
        value={tab}
        onValueChange={(next) =>
          void navigate({
            search: (former) => ({ ...former, tab: next === 'picture' ? undefined : next }),
            replace: true,
          })
        }
        tabs={tabs}
      />
    </>
  );
}
