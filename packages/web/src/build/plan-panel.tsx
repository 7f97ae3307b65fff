import type { VrtValidation } from '@inlay/contract';
import { ChevronDown, ChevronUp, CircleAlert, CircleCheck, CircleDashed, TriangleAlert, WifiOff } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { describeError } from '../describe-error.ts';
import { formatBytes, formatNumber, formatPlural, formatResolution, formatSize } from '../format.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Input } from '../ui/field.tsx';
import { Spinner } from '../ui/spinner.tsx';
import type { Finding, Fix } from './findings.ts';
import { FindingList } from './finding-list.tsx';

export interface PlanPanelProps {
  readonly answer: VrtValidation | null;
  readonly isStale: boolean;
  readonly error: Error | null;
  /** Sources that were chosen; null for those of a filter. */
  readonly count: number | null;
  /** Whether options cannot be read, so that nothing was asked. */
  readonly hasErrors: boolean;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly title: string;
  /** What is wrong with the title; null where nothing is. */
  readonly titleError: string | null;
  readonly isCreating: boolean;
  readonly onTitle: (title: string) => void;
  readonly onFix: (fix: Fix) => void;
  readonly onRetry: () => void;
  readonly onSignIn: () => void;
  readonly onCreate: () => void;
}

/** The plan as it stands: what would be built, what stands in its way, and the button that builds it. */
export function PlanPanel(props: PlanPanelProps): ReactNode {
  const { answer, isStale, error, problems, warnings, title, titleError, isCreating } = props;
  const [isOpen, setOpen] = useState(false);
  const titleNote = useId();
  const isValid = answer?.valid === true && error === null && !props.hasErrors;
  return (
    <section aria-label="Plan" className="flex shrink-0 flex-col border-t border-line bg-raised">
      <div className="flex h-10 shrink-0 items-center gap-2 pr-2 pl-4">
        <Verdict {...props} />
        <span className="flex w-4 justify-center text-soft">{isStale && error === null && <Spinner />}</span>
        <Button
          size="sm"
          variant="plain"
          icon={isOpen ? ChevronDown : ChevronUp}
          aria-expanded={isOpen}
          className="md:hidden"
          onClick={() => setOpen(!isOpen)}
        >
          Plan
        </Button>
      </div>
      <div
        className={classNames(
          'h-48 shrink-0 max-md:h-40 md:[@media(min-height:54rem)]:h-58 overflow-y-auto px-4 transition-opacity',
          !isOpen && 'max-md:hidden',
          isStale && 'opacity-60',
        )}
      >
        {error !== null ? (
          <Unasked error={error} onRetry={props.onRetry} onSignIn={props.onSignIn} />
        ) : answer === null ? (
          <p className="text-sm text-soft">
            {props.hasErrors
              ? 'An option cannot be read. It is marked under Settings.'
              : 'The size, the pixel size, the bands and how the sources cover the map appear here while you choose.'}
          </p>
        ) : problems.length > 0 ? (
          <FindingList label="Problems" findings={problems} tone="danger" onFix={props.onFix} />
        ) : (
          <>
            {answer.plan !== null && <PlanFacts plan={answer.plan} />}
            {warnings.length > 0 && (
              <FindingList label="Warnings" findings={warnings} tone="warn" onFix={props.onFix} />
            )}
          </>
        )}
      </div>
      <form
        className="flex items-start gap-2 px-4 py-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isValid && titleError === null) props.onCreate();
        }}
      >
        <div className="min-w-0 flex-1">
          <Input
            aria-label="Title"
            placeholder="Title"
            aria-invalid={titleError !== null}
            aria-describedby={titleError === null ? undefined : titleNote}
            maxLength={500}
            value={title}
            onChange={(event) => props.onTitle(event.target.value)}
          />
          {titleError !== null && (
            <p id={titleNote} className="pt-1 text-xs text-danger">
              {titleError}
            </p>
          )}
        </div>
        <Button type="submit" variant="primary" busy={isCreating} disabled={!isValid || isStale || titleError !== null}>
          Create
        </Button>
      </form>
    </section>
  );
}

function Verdict({ answer, error, count, hasErrors, problems, warnings }: PlanPanelProps): ReactNode {
  const [Icon, tone, text] = verdictOf(answer, error, count, hasErrors, {
    problems: problems.length,
    warnings: warnings.length,
  });
  return (
    <p role="status" className="flex min-w-0 flex-1 items-center gap-2 font-medium">
      <Icon size={16} aria-hidden="true" className={classNames('shrink-0', tone)} />
      <span className="truncate">{text}</span>
    </p>
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

type PlanJson = NonNullable<VrtValidation['plan']>;

function PlanFacts({ plan }: { readonly plan: PlanJson }): ReactNode {
  const { width, height, resolution, bands, crs, coverage, bounds, requires_gdal: gdal } = plan;
  const epsg = crs.code === null ? null : Number(crs.code.replace('EPSG:', ''));
  const dtypes = [...new Set(bands.map(({ dtype }) => dtype))];
  const facts: readonly (readonly [string, ReactNode, string?])[] = [
    ['Size', `${formatSize(width, height)} px`],
    ['Pixel', formatResolution(resolution[0], resolution[1], epsg)],
    ['Bands', `${bands.length} × ${dtypes.join(', ')}`],
    ['CRS', crs.code ?? crs.name, crs.name],
    ['VRT', `about ${formatBytes(plan.estimated_vrt_bytes)}`],
    ['Reads with', gdal === null ? 'any GDAL' : `GDAL ${gdal} or newer`],
    ['From', `${formatNumber(bounds[0], 8)}, ${formatNumber(bounds[1], 8)}`],
    ['To', `${formatNumber(bounds[2], 8)}, ${formatNumber(bounds[3], 8)}`],
  ];
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr_auto_1fr] gap-x-3 gap-y-1 text-sm">
        {facts.map(([name, value, title]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="truncate" title={title}>
              {value}
            </dd>
          </div>
        ))}
      </dl>
      {coverage !== null && <CoverageBar coverage={coverage} />}
    </>
  );
}

function CoverageBar({ coverage }: { readonly coverage: NonNullable<PlanJson['coverage']> }): ReactNode {
  const { covered, overlapped } = coverage;
  const once = covered - overlapped;
  return (
    <div className="pt-2 pb-1">
      <div className="flex h-1.5 overflow-hidden rounded-full bg-line" aria-hidden="true">
        <div className="h-full bg-accent" style={{ width: `${100 * overlapped}%` }} />
        <div className="h-full bg-accent/45" style={{ width: `${100 * once}%` }} />
      </div>
      <p className="flex gap-3 pt-1 text-xs text-soft">
        <span>{percent(covered)} covered</span>
        <span>{percent(overlapped)} by several</span>
        <span>{percent(1 - covered)} gaps</span>
      </p>
    </div>
  );
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value > 0 && value < 0.1 ? '< 0.1' : value > 99.9 && value < 100 ? '> 99.9' : Number(value.toFixed(1))} %`;
}

interface UnaskedProps {
  readonly error: Error;
  readonly onRetry: () => void;
  readonly onSignIn: () => void;
}

/** Why there is no plan: nothing that was chosen is lost. */
function Unasked({ error, onRetry, onSignIn }: UnaskedProps): ReactNode {
  const { detail, code } = describeError(error);
  const isSignedOut = code === 'unauthorized' || code === 'invalid_token';
  return (
    <div role="alert" className="flex flex-col items-start gap-2 text-sm">
      <p>{detail} What you have chosen is kept.</p>
      {isSignedOut ? (
        <Button size="sm" variant="primary" onClick={onSignIn}>
          Sign in again
        </Button>
      ) : (
        <Button size="sm" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
