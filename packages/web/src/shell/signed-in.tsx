import type { Role } from '@inlay/contract';
import { Link } from '@tanstack/react-router';
import { LockKeyhole } from 'lucide-react';
import type { ReactNode } from 'react';
import { hasRole, useMe } from '../session.ts';
import { buttonClass } from '../ui/button.tsx';
import { Empty } from '../ui/states.tsx';
import { PagePending } from './page-pending.tsx';

export interface SignedInProps {
  /** The least role that may see the children. */
  readonly atLeast: Role;
  /** What it is needed for: "to add rasters". */
  readonly purpose: string;
  readonly children: ReactNode;
}

/** Its children, for whoever may see them; for others, why not. The server decides all the same. */
export function SignedIn({ atLeast, purpose, children }: SignedInProps): ReactNode {
  const me = useMe();
  if (me === undefined) return <PagePending />;
  if (hasRole(me, atLeast)) return children;
  return me === null ? (
    <Empty
      icon={LockKeyhole}
      title={`Sign in ${purpose}`}
      actions={
        <Link to="/sign-in" search={{ to: location.pathname + location.search }} className={buttonClass('primary')}>
          Sign in
        </Link>
      }
    />
  ) : (
    <Empty icon={LockKeyhole} title={`You may not do this`}>
      You are signed in as {me.username}, {me.role}. It takes the role “{atLeast}” {purpose}: an administrator can give
      it to you.
    </Empty>
  );
}
