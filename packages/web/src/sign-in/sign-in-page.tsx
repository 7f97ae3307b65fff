import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { describeError, type ErrorText } from '../describe-error.ts';
import { signIn, signInOnce } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Field, Input } from '../ui/field.tsx';
import { formText } from '../ui/form-dialog.tsx';
import { Mark } from '../ui/mark.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { Note } from '../ui/states.tsx';
import { CircleAlert } from 'lucide-react';
import { useTitle } from '../use-title.ts';

const route = getRouteApi('/sign-in');

const SPENT_LINK = {
  title: 'This link does not work any more',
  detail: 'It works once, and for an hour. “npm run inlay -- sign-in” makes another on the server’s own computer.',
} as const;

/** Codes that were traded already: a page drawn twice must not spend the one it has twice. */
const traded = new Map<string, Promise<void>>();

/** Signs in, by the one-time link in the address (`#code=...`), or by name and password. */
export function SignInPage(): ReactNode {
  const navigate = useNavigate();
  const { to } = route.useSearch();
  useTitle('Sign in');
  const [code] = useState(() => new URLSearchParams(location.hash.slice(1)).get('code'));
  const [problem, setProblem] = useState<ErrorText | null>(null);
  const [isBusy, setBusy] = useState(code !== null);

  const follow = (work: Promise<void>, isLink = false): void => {
    setBusy(true);
    setProblem(null);
    work.then(
      // A path of ours only: an address of another site would lead people astray.
      () => navigate({ href: to !== undefined && /^\/(?![/\\])/.test(to) ? to : '/', replace: true }),
      (error: unknown) => {
        const text = describeError(error);
        setProblem(isLink && text.code === 'invalid_credentials' ? { ...text, ...SPENT_LINK } : text);
        setBusy(false);
      },
    );
  };

  useEffect(() => {
    if (code === null) return;
    // What works once has no place in the history.
    history.replaceState(history.state, '', location.pathname + location.search);
    const trade = traded.get(code) ?? signInOnce(code);
    traded.set(code, trade);
    follow(trade, true);
    // oxlint-disable-next-line react/exhaustive-deps -- once, with the code that the page was opened with
  }, [code]);

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    follow(signIn(formText(form, 'username'), formText(form, 'password')));
  };

  return (
    <div className="mx-auto flex min-h-full max-w-80 flex-col justify-center gap-6 px-4 py-12">
      <header className="flex flex-col items-center gap-3">
        <Mark size={40} />
        <h1 className="text-xl font-semibold">Sign in to Inlay</h1>
      </header>
      {problem !== null && (
        <div role="alert">
          <Note tone="danger" icon={CircleAlert}>
            <p className="font-medium">{problem.title}</p>
            <p>{problem.detail}</p>
          </Note>
        </div>
      )}
      {code !== null && isBusy ? (
        <p role="status" className="flex items-center justify-center gap-2 text-soft">
          <Spinner /> Signing in with the link
        </p>
      ) : (
        <form className="flex flex-col gap-4" onSubmit={submit}>
          <Field label="User name">
            <Input
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              maxLength={255}
            />
          </Field>
          <Field label="Password">
            <Input name="password" type="password" autoComplete="current-password" required maxLength={1024} />
          </Field>
          <Button type="submit" variant="primary" busy={isBusy}>
            Sign in
          </Button>
        </form>
      )}
      <p className="text-center text-sm text-soft">
        No account yet? Whoever runs this server can make one, or open the link that it printed when it started.
      </p>
    </div>
  );
}
