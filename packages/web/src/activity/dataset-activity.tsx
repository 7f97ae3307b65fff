import { ScrollText } from 'lucide-react';
import type { ReactNode } from 'react';
import { Failure } from '../shell/page-error.tsx';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/states.tsx';
import { ActivityList } from './activity-list.tsx';
import { ActivityPending } from './activity-pending.tsx';
import { useDatasetActivity } from './use-activity.ts';

/** What was done to a dataset, for those who decide on it. */
export function DatasetActivity({ id }: { readonly id: string }): ReactNode {
  const { entries, error, hasMore, isLoadingMore, more, refetch } = useDatasetActivity(id);
  return (
    <section className="flex flex-col gap-2 p-4">
      <h2 className="text-sm font-medium">Activity</h2>
      {error !== null ? (
        <Failure error={error} onRetry={refetch} />
      ) : entries === undefined ? (
        <ActivityPending />
      ) : entries.length === 0 ? (
        <Empty icon={ScrollText} title="Nothing was changed yet" />
      ) : (
        <ActivityList entries={entries} />
      )}
      {hasMore && (
        <Button className="self-center" busy={isLoadingMore} onClick={more}>
          Show more
        </Button>
      )}
    </section>
  );
}
