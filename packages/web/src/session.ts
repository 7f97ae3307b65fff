import { type Role, routes, type User } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { client, queries, queryClient } from './api.ts';
import { flushHeld } from './ui/toast-store.ts';

const RANK: Readonly<Record<Role, number>> = { viewer: 1, editor: 2, admin: 3 };

/** Who is signed in: undefined while that is being asked, null for nobody. */
export function useMe(): User | null | undefined {
  return useQuery(queries.me()).data;
}

/** Whether the one signed in has a role, or one that may more. */
export function hasRole(me: User | null | undefined, role: Role): boolean {
  return me != null && RANK[me.role] >= RANK[role];
}

/** Signs in with a name and a password; the browser keeps the session's cookie. @throws ApiError `invalid_credentials` */
export async function signIn(username: string, password: string): Promise<void> {
  await client.call(routes.login, { body: { username, password, session: 'cookie' } });
  await startOver();
}

/** Signs in with the code of a link that works once. @throws ApiError where it was used before, or is too old */
export async function signInOnce(code: string): Promise<void> {
  await client.call(routes.oneTimeSignIn, { body: { code } });
  await startOver();
}

/** Ends the session. What was held back to be undone is done first: it was asked for by who is signed in now. */
export async function signOut(): Promise<void> {
  flushHeld();
  await client.logout();
  await startOver();
}

/** What was answered to someone else is not to be shown. */
async function startOver(): Promise<void> {
  queryClient.removeQueries({ predicate: ({ queryKey: [first] }) => first !== 'me' && first !== 'settings' });
  await queryClient.invalidateQueries({ queryKey: ['me'] });
}
