import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type BackendSession, type Client, type SessionSharing, shareSession } from './session-sharing.ts';
import { createStatementNames, type StatementNames } from './statement-names.ts';
import {
  CANCEL_REQUEST,
  createMessageReader,
  errorResponse,
  type FrontendMessage,
  GSS_ENCRYPTION_REQUEST,
  passwordRequest,
  readPassword,
  readyForQuery,
  SSL_REQUEST,
  welcome,
} from './wire-messages.ts';

// Lets several connections use the one session of PGlite, each as if it had a PostgreSQL server.
//
// The npm package @electric-sql/pglite-socket does the same message by message: where a large parameter makes a
// query arrive in two chunks (0.2.17), another connection's Parse slips in between, and the parameters are bound to
// the other's statement. Here a turn is everything up to Sync, so statements cannot mix.

/** The name PostgreSQL clients look for in a socket's folder, with the port they assume (libpq, "host"). */
export const SOCKET_NAME = '.s.PGSQL.5432';

export interface ConnectionOptions {
  /** Asked of every client; null where the socket's folder already keeps others out. */
  readonly password: string | null;
  /** What clients are told of the server: ParameterStatus. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  readonly idleInTransactionMs: number;
}

export interface EmbeddedConnections {
  readonly server: Server;
  readonly sharing: SessionSharing;
  /** Ends all connections, rolls their transactions back and stops listening. */
  close(): Promise<void>;
}

export function acceptConnections(session: BackendSession, options: ConnectionOptions): EmbeddedConnections {
  const sockets = new Map<Socket, StatementNames>();
  let connections = 0;
  const sharing = shareSession(session, {
    idleInTransactionMs: options.idleInTransactionMs,
    onIdleInTransaction: endIdleTransaction,
  });
  const leave = (socket: Socket, statements: StatementNames): Promise<void> =>
    sharing.leave(socket, async () => {
      const closing = statements.closing();
      if (closing !== null) await session.run(closing, () => undefined);
    });
  const server = createServer((socket) => {
    connections += 1;
    const statements = createStatementNames(`${connections.toString(36)}:`);
    sockets.set(socket, statements);
    socket.setNoDelay(true);
    const left = once(socket, 'close').then(async () => {
      sockets.delete(socket);
      await leave(socket, statements);
    });
    // A client that goes away mid-statement is an ordinary event, and `leave` has cleaned up after it.
    Promise.all([converse(socket, session, sharing, statements, options), left]).catch(() => socket.destroy());
  });
  return {
    server,
    sharing,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets.keys()) socket.destroy();
      await closed;
      await Promise.all(Array.from(sockets, ([socket, statements]) => leave(socket, statements)));
    },
  };
}

/** Says a last word, and closes once it is sent. */
function endConversation(socket: Socket, lastWord?: Buffer): void {
  if (lastWord !== undefined) socket.write(lastWord);
  socket.destroySoon();
}

function endIdleTransaction(client: Client): void {
  const text =
    'terminating connection due to idle-in-transaction timeout: the embedded database has one session, and code ' +
    'inside a transaction must neither wait for other work nor query through the pool';
  endConversation(client as Socket, errorResponse('FATAL', '25P03', text));
}

/** Speaks with one client until it goes. */
async function converse(
  socket: Socket,
  session: BackendSession,
  sharing: SessionSharing,
  statements: StatementNames,
  options: ConnectionOptions,
): Promise<void> {
  const reader = createMessageReader(options.maxMessageBytes);
  let isWelcome = false;
  let batch: Buffer[] = [];
  let batchBytes = 0;

  async function runBatch(end: 'finished' | 'unfinished'): Promise<void> {
    const messages = batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch);
    batch = [];
    batchBytes = 0;
    await sharing.turn(socket, async () => {
      socket.cork(); // one system call for the answer, not one for each 8 KiB of it
      try {
        await session.run(messages, (bytes) => socket.write(Buffer.from(bytes)));
      } finally {
        socket.uncork();
      }
      return end;
    });
    if (socket.writableNeedDrain) await drained(socket);
  }

  function refuse(code: string, text: string): void {
    endConversation(socket, errorResponse('FATAL', code, text));
  }

  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    reader.push(chunk as Buffer);
    for (let message = nextMessage(); message !== null; message = nextMessage()) {
      if (!isWelcome) {
        isWelcome = greet(socket, message, options);
        continue;
      }
      switch (message.type) {
        case 'Q': // Query
        case 'F': // FunctionCall
        case 'S': // Sync
          if (readsFromClient(message)) {
            socket.write(errorResponse('ERROR', '0A000', COPY_REFUSAL));
            socket.write(readyForQuery(session.isInTransaction() ? 'T' : 'I'));
            break;
          }
          batch.push(message.bytes);
          await runBatch('finished');
          break;
        case 'H': // Flush
          batch.push(message.bytes);
          await runBatch('unfinished');
          break;
        case 'P': // Parse
        case 'B': // Bind
        case 'D': // Describe
        case 'E': // Execute
        case 'C': // Close
          if (readsFromClient(message)) return refuse('0A000', COPY_REFUSAL);
          batchBytes += message.bytes.length;
          if (batchBytes > options.maxMessageBytes) return refuse('54000', 'the pipeline is too long');
          batch.push(statements.own(message));
          break;
        case 'X': // Terminate
          return endConversation(socket);
        default:
          return refuse('08P01', `message type ${JSON.stringify(message.type)} is not supported`);
      }
    }
  }

  function nextMessage(): FrontendMessage | null {
    return socket.writable ? reader.next() : null;
  }
}

/** Answers a message of the start. @returns whether the client may send queries now */
function greet(socket: Socket, { type, bytes }: FrontendMessage, options: ConnectionOptions): boolean {
  if (type === '') {
    const code = bytes.length < 8 ? 0 : bytes.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) {
      socket.write('N');
    } else if (code === CANCEL_REQUEST) {
      endConversation(socket); // PGlite runs a statement in one go: nothing could interrupt it
    } else if (code >>> 16 !== 3) {
      endConversation(socket, errorResponse('FATAL', '0A000', 'only version 3 of the protocol is supported'));
    } else if (options.password === null) {
      socket.write(welcome(options.parameters));
      return true;
    } else {
      socket.write(passwordRequest());
    }
    return false;
  }
  if (type === 'p' && options.password !== null && isEqual(readPassword({ type, bytes }), options.password)) {
    socket.write(welcome(options.parameters));
    return true;
  }
  endConversation(socket, errorResponse('FATAL', '28P01', 'password authentication failed'));
  return false;
}

const COPY_REFUSAL = 'COPY FROM STDIN is not supported by the embedded database: insert in batches';

/** COPY FROM STDIN asks the client for more in the middle of a turn, which ends PGlite 0.5.14 as a process exit would. */
function readsFromClient({ type, bytes }: FrontendMessage): boolean {
  if (type !== 'Q' && type !== 'P') return false;
  const text = bytes.toString('utf8', 5);
  return /\bfrom\s+stdin\b/i.test(text) && /\bcopy\b/i.test(text);
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Resolves when the socket takes more, or is closed; a connection lives long, so no listener stays behind. */
async function drained(socket: Socket): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]);
  } finally {
    settled.abort();
  }
}
