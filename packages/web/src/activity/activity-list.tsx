import type { AuditEntry } from '@inlay/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatAgo, formatMoment } from '../format.ts';
import { Tooltip } from '../ui/tooltip.tsx';
import { actionLabel, actorText, detailTexts } from './activity-words.ts';

export interface ActivityListProps {
  readonly entries: readonly AuditEntry[];
  /** What the datasets that are still there are called, by id; left out where the list is of one of them. */
  readonly titles?: ReadonlyMap<string, string>;
}

/** Who did what, when; the latest first. */
export function ActivityList({ entries, titles }: ActivityListProps): ReactNode {
  return (
    <ol aria-label="Activity, latest first" className="m-0 list-none border-t border-line p-0">
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} titles={titles} />
      ))}
    </ol>
  );
}

interface EntryProps {
  readonly entry: AuditEntry;
  readonly titles: ReadonlyMap<string, string> | undefined;
}

function Entry({ entry, titles }: EntryProps): ReactNode {
  const { at, action, dataset_id: datasetId, subject_id: subjectId, subject_name: subject } = entry;
  const title = datasetId === null ? undefined : titles?.get(datasetId);
  // Without a subject of its own, it is the dataset that is named; in the list of one, that goes without saying.
  const isNamed = subject !== null && (subjectId !== null || (titles !== undefined && title !== subject));
  return (
    <li className="flex flex-col gap-0.5 border-b border-line py-2.5">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{actionLabel(action)}</span>
        {isNamed && <span className="min-w-0 break-words">{subject}</span>}
        {datasetId !== null && title !== undefined && (
          <Link
            to="/datasets/$id"
            params={{ id: datasetId }}
            className="min-w-0 break-words text-accent underline underline-offset-2"
          >
            {title}
          </Link>
        )}
      </p>
      <p className="flex flex-wrap gap-x-2 text-xs text-soft">
        <span>by {actorText(entry)}</span>
        <Tooltip text={formatMoment(at)}>
          <time dateTime={at}>{formatAgo(at)}</time>
        </Tooltip>
        {detailTexts(entry).map((text) => (
          <span key={text} className="min-w-0 break-words">
            {text}
          </span>
        ))}
      </p>
    </li>
  );
}
