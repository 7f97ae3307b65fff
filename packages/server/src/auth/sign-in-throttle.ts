import { LRUCache } from 'lru-cache';
import { ServerError } from '../error.ts';

// Passwords are not to be guessed: who has failed often for one name must wait, whoever else signs in by it.

/** Failures after which a name and address must wait. */
const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15 * 60 * 1000;

interface Failures {
  readonly count: number;
  /** When the next try is taken, in milliseconds since 1970. */
  readonly openAt: number;
}

/** Who has failed to sign in, of one process. */
export interface SignInThrottle {
  /** @throws ServerError `too_many_requests` while this name must wait at this address */
  check(username: string, address: string): void;
  failed(username: string, address: string): void;
  succeeded(username: string, address: string): void;
}

/**
 * After five failures of a name from an address each further one doubles the wait, from a second to a quarter of an hour.
 * What is remembered is bounded: the oldest is forgotten first.
 */
export function createSignInThrottle(now: () => number = Date.now): SignInThrottle {
  const failures = new LRUCache<string, Failures>({ max: 10_000 });
  const keyOf = (username: string, address: string): string => `${username.toLowerCase()}\n${address}`;
  return {
    check(username, address) {
      const wait = (failures.get(keyOf(username, address))?.openAt ?? 0) - now();
      if (wait <= 0) return;
      const seconds = Math.ceil(wait / 1000);
      throw new ServerError('too_many_requests', `Too many wrong passwords. Wait ${seconds} s and try again.`, {
        details: { retry_after_seconds: seconds },
      });
    },
    failed(username, address) {
      const key = keyOf(username, address);
      const count = (failures.get(key)?.count ?? 0) + 1;
      const waitMs =
        count < FREE_FAILURES ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (count - FREE_FAILURES), LONGEST_WAIT_MS);
      failures.set(key, { count, openAt: now() + waitMs });
    },
    succeeded(username, address) {
      failures.delete(keyOf(username, address));
    },
  };
}
