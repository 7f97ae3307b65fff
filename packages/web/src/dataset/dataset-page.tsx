import type { Dataset } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useMemo, useState } from 'react';
import { queries } from '../api.ts';
import { describeError, type ErrorText } from '../describe-error.ts';
import { type BBox, formatBBox } from '../map/bbox.ts';
import { useMe } from '../session.ts';
import { Failure } from '../shell/page-error.tsx';
import { PagePending } from '../shell/page-pending.tsx';
import { buttonClass } from '../ui/button.tsx';
import { ErrorState } from '../ui/states.tsx';
import { type Tab, Tabs } from '../ui/tabs.tsx';
import { useTitle } from '../use-title.ts';
import { AccessTab } from './access-tab.tsx';
import { datasetQueries } from './dataset-queries.ts';
import { FactsTab } from './facts-tab.tsx';
import { FilesTab } from './files-tab.tsx';
import { DatasetHeader } from './header.tsx';
import { HistoryTab } from './history-tab.tsx';
import { linkQuery } from './link.ts';
import { type DatasetTab, pictureOf, renderQuery } from './picture.ts';
import { PictureTab } from './picture-tab.tsx';
import { SourcesTab } from './sources-tab.tsx';
import { UseTab } from './use-tab.tsx';
import { useDatasetScene } from './use-dataset-scene.tsx';

const route = getRouteApi('/datasets/$id');

/** A dataset: its pixels on the map, and all that can be known of it and done with it. */
export function DatasetPage(): ReactNode {
  const { id } = route.useParams();
  const link = linkQuery(route.useSearch());
  const { data, error, refetch } = useQuery(queries.dataset(id, link));
  useTitle(data?.title);
  if (error !== null && data === undefined) {
    const { code } = describeError(error);
    const isLinkSpent = link.sig !== undefined && (code === 'invalid_token' || code === 'not_found');
    return isLinkSpent ? <SpentLink /> : <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined) return <PagePending />;
  // One dataset's unsaved changes are not another's.
  return <DatasetPanel key={id} dataset={data} />;
}

/** What a link shows that opens nothing any more. */
function SpentLink(): ReactNode {
  return (
    <ErrorState
      title="This link does not work any more"
      detail="It has ended, it was revoked, or a part of it is missing. Ask whoever sent it for another one. If the dataset is shared with you by name, sign in."
      actions={
        <>
          <Link to="/sign-in" search={{ to: location.pathname }} className={buttonClass('quiet')}>
            Sign in
          </Link>
          <Link to="/" className={buttonClass('quiet')}>
            To the catalogue
          </Link>
        </>
      }
    />
  );
}

function DatasetPanel({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const me = useMe();
  const { id, record_type: type, raster, access } = dataset;
  const parameters = renderQuery(pictureOf(search));
  const tileJson = useQuery({
    ...datasetQueries.tileJson(id, parameters, linkQuery(search)),
    enabled: access.pixels,
  });
  const canChange = access.level !== 'view';
  const problem = access.pixels ? (tileJson.error === null ? null : describeError(tileJson.error)) : HIDDEN_SOURCES;
  // A link opens pixels and facts; what it was made of and who else sees it are for those who see it by themselves.
  const isByLink = access.by === 'link';

  const [isDrawing, setDrawing] = useState(false);
  // With a link alone nothing is exported: that is done for somebody.
  const mayExport = me != null && !isByLink && access.pixels;
  const isExporting = mayExport && search.tab === 'files';
  const onBox = useMemo(
    () =>
      isExporting
        ? (box: BBox) => {
            setDrawing(false);
            void navigate({ search: (former) => ({ ...former, clip: formatBBox(box) }), replace: true });
          }
        : null,
    [isExporting, navigate],
  );
  useDatasetScene(dataset, tileJson.data, { isDrawing: isDrawing && isExporting, onBox });

  const tabs: readonly Tab<DatasetTab | 'picture'>[] = [
    { value: 'picture', label: 'Picture', content: <PictureTab dataset={dataset} problem={problem} /> },
    { value: 'facts', label: 'Facts', content: <FactsTab dataset={dataset} /> },
    ...(type === 'vrt_dataset' && !isByLink
      ? ([
          {
            value: 'sources',
            label: `Sources ${raster?.source_count ?? ''}`,
            content: <SourcesTab dataset={dataset} />,
          },
        ] as const)
      : []),
    ...((type === 'vrt_dataset' && !isByLink) || access.level === 'manage'
      ? ([
          { value: 'history', label: 'History', content: <HistoryTab dataset={dataset} canChange={canChange} /> },
        ] as const)
      : []),
    {
      value: 'files',
      label: 'Files',
      content: <FilesTab dataset={dataset} mayExport={mayExport} isDrawing={isDrawing} onDraw={setDrawing} />,
    },
    { value: 'use', label: 'Use', content: <UseTab dataset={dataset} parameters={parameters} /> },
    ...(me == null || isByLink
      ? []
      : ([{ value: 'access', label: 'Access', content: <AccessTab dataset={dataset} /> }] as const)),
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

const HIDDEN_SOURCES: ErrorText = {
  title: 'Its pixels are not shown to you',
  detail:
    'Some of its sources were hidden from you since it was built. Ask whoever they belong to to share them with you, or build it without them, under Sources.',
  requestId: null,
  canRetry: false,
  code: 'not_found',
};
