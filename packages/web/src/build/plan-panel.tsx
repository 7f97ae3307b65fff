import type { VrtValidation } from '@inlay/contract';
import { type FormEvent, type ReactNode, useId } from 'react';
import { describeError } from '../describe-error.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Field, Input } from '../ui/field.tsx';
import type { Finding, Fix } from './findings.ts';
import { FindingList } from './finding-list.tsx';
import { PlanFacts } from './plan-facts.tsx';
import { PlanVerdict } from './plan-verdict.tsx';

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
  /** Leaves out all that is refused; null where that is not worth a button. */
  readonly leaveOut: Fix | null;
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
  const { title, titleError, onTitle } = props;
  const note = useId();
  return (
    <section aria-label="Plan" className="flex shrink-0 flex-col border-t border-line bg-raised">
      <div className="flex h-10 shrink-0 items-center gap-2 pr-2 pl-4">
        <Verdict {...props} />
      </div>
      <div
        className={classNames(
          'h-48 shrink-0 overflow-y-auto px-4 transition-opacity [@media(min-height:54rem)]:h-58',
          props.isStale && 'opacity-60',
        )}
      >
        <PlanContent {...props} />
      </div>
      <form className="flex items-start gap-2 px-4 py-3" onSubmit={(event) => submit(event, props)}>
        <div className="min-w-0 flex-1">
          <Input
            aria-label="Title"
            placeholder="Title"
            aria-invalid={titleError !== null}
            aria-describedby={titleError === null ? undefined : note}
            maxLength={500}
            value={title}
            onChange={(event) => onTitle(event.target.value)}
          />
          {titleError !== null && (
            <p id={note} className="pt-1 text-xs text-danger">
              {titleError}
            </p>
          )}
        </div>
        <CreateButton {...props} />
      </form>
    </section>
  );
}

/** The same where there is little room, as a view of its own. */
export function PlanTab(props: PlanPanelProps): ReactNode {
  return (
    <form className="flex flex-col gap-4 p-4" onSubmit={(event) => submit(event, props)}>
      <Field label="Title" error={props.titleError}>
        <Input
          placeholder="Title"
          maxLength={500}
          value={props.title}
          onChange={(event) => props.onTitle(event.target.value)}
        />
      </Field>
      <div className={classNames('transition-opacity', props.isStale && 'opacity-60')}>
        <PlanContent {...props} />
      </div>
    </form>
  );
}

/** Whether it can be built, and the button that does it: in sight whatever else is. */
export function PlanBar(props: PlanPanelProps & { readonly onOpen: () => void }): ReactNode {
  return (
    <section
      aria-label="Plan"
      className="flex h-13 shrink-0 items-center gap-2 border-t border-line bg-raised pr-3 pl-1.5"
    >
      <button
        type="button"
        className="flex h-10 min-w-0 flex-1 items-center gap-2 rounded-md px-2.5 text-left"
        onClick={props.onOpen}
      >
        <Verdict {...props} />
      </button>
      <CreateButton {...props} onClick={props.onCreate} />
    </section>
  );
}

function Verdict({ answer, isStale, error, count, hasErrors, problems, warnings }: PlanPanelProps): ReactNode {
  return (
    <PlanVerdict
      answer={answer}
      isStale={isStale}
      error={error}
      count={count}
      hasErrors={hasErrors}
      problems={problems.length}
      warnings={warnings.length}
    />
  );
}

function PlanContent({ answer, error, hasErrors, problems, warnings, ...props }: PlanPanelProps): ReactNode {
  if (error !== null) return <Unasked error={error} onRetry={props.onRetry} onSignIn={props.onSignIn} />;
  if (answer === null) {
    return (
      <p className="text-sm text-soft">
        {hasErrors
          ? 'An option cannot be read. It is marked under Settings.'
          : 'The size, the pixel size, the bands and how the sources cover the map appear here while you choose.'}
      </p>
    );
  }
  if (problems.length > 0) {
    const { leaveOut, onFix } = props;
    return (
      <>
        {leaveOut !== null && (
          <Button size="sm" className="mb-2" onClick={() => onFix(leaveOut)}>
            {leaveOut.label}
          </Button>
        )}
        <FindingList label="Problems" findings={problems} tone="danger" onFix={onFix} />
      </>
    );
  }
  return (
    <>
      {answer.plan !== null && <PlanFacts plan={answer.plan} />}
      {warnings.length > 0 && <FindingList label="Warnings" findings={warnings} tone="warn" onFix={props.onFix} />}
    </>
  );
}

function isReady({ answer, error, hasErrors, isStale, titleError }: PlanPanelProps): boolean {
  return answer?.valid === true && error === null && !hasErrors && !isStale && titleError === null;
}

function submit(event: FormEvent, props: PlanPanelProps): void {
  event.preventDefault();
  if (isReady(props)) props.onCreate();
}

/** Submits the form around it, or does what it is told to. */
function CreateButton({ onClick, ...props }: PlanPanelProps & { readonly onClick?: () => void }): ReactNode {
  return (
    <Button
      type={onClick === undefined ? 'submit' : 'button'}
      variant="primary"
      busy={props.isCreating}
      disabled={!isReady(props)}
      onClick={onClick}
    >
      Create
    </Button>
  );
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
