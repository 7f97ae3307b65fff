import { Link } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatPlural } from '../format.ts';
import { classNames } from '../ui/class-names.ts';
import { buttonClass } from '../ui/button.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { Tooltip } from '../ui/tooltip.tsx';
import { isUnderWay, useDatasetsAfterJobs, useJobs } from './use-jobs.ts';

/** How many jobs are under way; leads to them. */
export function JobsIndicator(): ReactNode {
  useDatasetsAfterJobs();
  const { data } = useJobs();
  const active = data?.jobs.filter(isUnderWay).length ?? 0;
  const label = active === 0 ? 'Jobs' : `${formatPlural(active, 'job')} under way`;
  return (
    <Tooltip text={label} side="bottom">
      <Link
        to="/jobs"
        aria-label={label}
        activeProps={{ 'aria-current': 'page', className: 'bg-hover' }}
        className={classNames(buttonClass('plain'), 'px-2.5 text-soft')}
      >
        {active === 0 ? <Activity size={17} aria-hidden="true" /> : <Spinner size={16} />}
        {active > 0 && <span className="text-sm text-ink">{active}</span>}
      </Link>
    </Tooltip>
  );
}
