import { setTimeout as delay } from 'node:timers/promises';

/** S3 User Guide, "Best practices design patterns": retried with growing pauses; the first one in milliseconds. */
const FIRST_PAUSE_MS = 200;
const ATTEMPTS = 4;
const OVERLOADED: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * Asks a store, and again where it is overloaded or the connection breaks: four times in some seconds.
 *
 * @param ask one request; called anew for each attempt
 * @throws what the last attempt throws; the signal's reason when aborted
 */
export async function askPatiently(
  ask: () => Promise<Response>,
  signal: AbortSignal | null | undefined,
): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await ask();
      if (attempt === ATTEMPTS || !OVERLOADED.has(response.status)) return response;
      await response.body?.cancel();
    } catch (error) {
      signal?.throwIfAborted();
      // Of fetch, a TypeError is a connection that failed; anything else will be no other the next time.
      if (attempt === ATTEMPTS || !(error instanceof TypeError)) throw error;
    }
    // Many that were refused at once come back at different times.
    const pauseMs = FIRST_PAUSE_MS * 4 ** (attempt - 1) * (0.5 + Math.random() / 2);
    await delay(pauseMs, undefined, signal == null ? {} : { signal });
  }
}
