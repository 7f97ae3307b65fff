import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { describeError } from '../describe-error.ts';
import { buttonClass } from '../ui/button.tsx';
import { ErrorState } from '../ui/states.tsx';

/** What a page shows in its own place when it fails. */
export function PageError({ error, reset }: ErrorComponentProps): ReactNode {
  return <Failure error={error} onRetry={reset} />;
}

/** Any error, in words, with what can be done about it. */
export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }): ReactNode {
  const { title, detail, requestId, code } = describeError(error);
  const isUnknown = code === 'unauthorized' || code === 'invalid_token' || code === 'not_found';
  return (
    <ErrorState
      title={title}
      detail={detail}
      requestId={isUnknown ? null : requestId}
      onRetry={isUnknown ? undefined : onRetry}
      actions={
        isUnknown && (
          <>
            <Link to="/sign-in" search={{ to: location.pathname + location.search }} className={buttonClass('quiet')}>
              Sign in
            </Link>
            <Link to="/" className={buttonClass('quiet')}>
              To the catalogue
            </Link>
          </>
        )
      }
    />
  );
}
