import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.ts';
import { ServerError } from '../error.ts';
import { type FailureWaits, forgetFailures, recordFailure, secondsToWait } from './sign-in-failure-store.ts';

// Passwords are not to be guessed: who has failed often for one name must wait, whoever else signs in by it, and whichever
// process is asked.

const WAITS: FailureWaits = { firstFailure: 5, firstSeconds: 1, longestSeconds: 15 * 60 };

/** Who has failed to sign in. */
export interface SignInThrottle {
  /** @throws ServerError `too_many_requests` while this name must wait at this address */
  check(username: string, address: string): Promise<void>;
  failed(username: string, address: string): Promise<void>;
  succeeded(username: string, address: string): Promise<void>;
}

/**
 * After five failures of a name from an address each further one doubles the wait, from a second to a quarter of an hour.
 * What is remembered is bounded: the oldest is forgotten first, and all of it a day after the last failure.
 */
export function createSignInThrottle(db: Kysely<Tables>): SignInThrottle {
  const keyOf = (username: string, address: string): string =>
    createHash('sha256').update(`${username.toLowerCase()}\n${address}`).digest('base64url');
  return {
    async check(username, address) {
      const seconds = Math.ceil(await secondsToWait(db, keyOf(username, address)));
      if (seconds <= 0) return;
      throw new ServerError('too_many_requests', `Too many wrong passwords. Wait ${seconds} s and try again.`, {
        details: { retry_after_seconds: seconds },
      });
    },
    failed: (username, address) => recordFailure(db, keyOf(username, address), WAITS),
    succeeded: (username, address) => forgetFailures(db, keyOf(username, address)),
  };
}
