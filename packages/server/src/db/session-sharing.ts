/** The one backend session that all connections to the embedded database take turns in. */
export interface BackendSession {
  /** Runs whole frontend messages. `onOutput`'s bytes are valid only during the call. */
  run(messages: Uint8Array, onOutput: (bytes: Uint8Array) => void): Promise<void>;
  isInTransaction(): boolean;
  rollback(): Promise<void>;
}

/** Whoever takes turns: a connection, or the database's own maintenance. Compared by identity. */
export type Client = object;

export interface SessionSharing {
  /**
   * Runs `task` when it is this client's turn. The session stays the client's while its transaction is open, and
   * while `task` returns `unfinished`: a pipeline without its Sync yet. @throws what `task` throws
   */
  turn(client: Client, task: () => Promise<'finished' | 'unfinished'>): Promise<void>;
  /** Takes back whatever the client still wants or holds: an open transaction is rolled back, then `cleanUp` is run. */
  leave(client: Client, cleanUp?: () => Promise<void>): Promise<void>;
  /** Nothing runs, waits or is held. */
  isIdle(): boolean;
}

export interface SharingOptions {
  /** A client that holds the session this long without using it is reported, so that it cannot stop all others. */
  readonly idleInTransactionMs: number;
  readonly onIdleInTransaction: (client: Client) => void;
}

interface Waiting {
  readonly client: Client;
  readonly task: () => Promise<'finished' | 'unfinished'>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** First come, first served, except that whoever is inside a transaction goes before everyone until it ends. */
export function shareSession(session: BackendSession, options: SharingOptions): SessionSharing {
  let waiting: Waiting[] = [];
  let owner: Client | null = null;
  let isServing = false;
  let idleTimer: NodeJS.Timeout | undefined;

  function takeNext(): Waiting | undefined {
    const index = owner === null ? 0 : waiting.findIndex(({ client }) => client === owner);
    return index === -1 ? undefined : waiting.splice(index, 1)[0];
  }

  /** Never rejects: a task's failure is told to whoever waits for its turn. */
  async function serveWaiting(): Promise<void> {
    if (isServing) return;
    isServing = true;
    clearTimeout(idleTimer);
    for (let next = takeNext(); next !== undefined; next = takeNext()) {
      try {
        const end = await next.task();
        owner = end === 'unfinished' || session.isInTransaction() ? next.client : null;
        next.resolve();
      } catch (error) {
        owner = null;
        next.reject(error);
      }
    }
    isServing = false;
    if (owner === null) return;
    const holder = owner;
    idleTimer = setTimeout(() => options.onIdleInTransaction(holder), options.idleInTransactionMs);
  }

  function turn(client: Client, task: Waiting['task']): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ client, task, resolve, reject });
      void serveWaiting();
    });
  }

  return {
    turn,
    leave(client, cleanUp) {
      const dropped = waiting.filter((entry) => entry.client === client);
      waiting = waiting.filter((entry) => entry.client !== client);
      for (const { reject } of dropped) reject(new Error('the connection ended before its turn'));
      return turn(client, async () => {
        if (owner === client) await session.rollback();
        await cleanUp?.();
        return 'finished';
      });
    },
    isIdle() {
      return !isServing && owner === null && waiting.length === 0;
    },
  };
}
