import type { VrtValidation } from '@inlay/contract';
import { CircleAlert, CircleCheck, CircleDashed, TriangleAlert, WifiOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { describeError } from '../describe-error.ts';
import { formatPlural } from '../format.ts';
import { classNames } from '../ui/class-names.ts';
import { Spinner } from '../ui/spinner.tsx';

export interface PlanVerdictProps {
  readonly answer: VrtValidation | null;
  /** Whether it is about an earlier draft. */
  readonly isStale: boolean;
  readonly error: Error | null;
  /** Sources that were chosen; null for those of a filter. */
  readonly count: number | null;
  /** Whether options cannot be read, so that nothing was asked. */
  readonly hasErrors: boolean;
  /** Kinds of problems and of warnings. */
  readonly problems: number;
  readonly warnings: number;
}

/** Whether it can be built, in a line. */
export function PlanVerdict({ answer, isStale, error, count, hasErrors, ...found }: PlanVerdictProps): ReactNode {
  const [Icon, tone, text] = verdictOf(answer, error, count, hasErrors, found);
  return (
    <>
      <p role="status" className="flex min-w-0 flex-1 items-center gap-2 font-medium">
        <Icon size={16} aria-hidden="true" className={classNames('shrink-0', tone)} />
        <span className="truncate">{text}</span>
      </p>
      <span className="flex w-4 shrink-0 justify-center text-soft">{isStale && <Spinner />}</span>
    </>
  );
}

function verdictOf(
  answer: VrtValidation | null,
  error: Error | null,
  count: number | null,
  hasErrors: boolean,
  { problems, warnings }: { readonly problems: number; readonly warnings: number },
): readonly [icon: typeof CircleAlert, tone: string, text: string] {
  if (error !== null) return [WifiOff, 'text-danger', describeError(error).title];
  if (hasErrors) return [CircleAlert, 'text-danger', 'An option cannot be read'];
  if (count !== null && count < 2) {
    return [CircleDashed, 'text-soft', count === 0 ? 'Choose at least two sources' : 'Choose one more source'];
  }
  if (answer === null) return [CircleDashed, 'text-soft', 'Looking at the sources'];
  const refused = answer.sources?.refused ?? 0;
  if (refused > 0)
    return [CircleAlert, 'text-danger', `${formatPlural(refused, 'source')} of ${answer.sources?.total} refused`];
  if (!answer.valid) return [CircleAlert, 'text-danger', formatPlural(answer.problem_count, 'problem')];
  if (problems > 0) return [CircleAlert, 'text-danger', 'One thing to decide before it is built'];
  const total = formatPlural(answer.plan?.source_count ?? 0, 'source');
  return warnings > 0
    ? [TriangleAlert, 'text-warn', `${total} fit together, ${formatPlural(warnings, 'warning')}`]
    : [CircleCheck, 'text-good', `${total} fit together`];
}
