import { emptyMessage, type FrontendMessage, message } from './wire-messages.ts';

/**
 * The prepared statements of one connection to the embedded database. Connections share a session, which would mix up two
 * statements of one name: each connection's get a name of their own.
 */
export interface StatementNames {
  /** The message, with the connection's own name of the statement in it. @throws RangeError where that is too long */
  own(message: FrontendMessage): Buffer;
  /** Messages that close all that the connection has prepared, a Sync at their end; null where that is nothing. */
  closing(): Buffer | null;
}

/** What is longer PostgreSQL cuts off (NAMEDATALEN, less the terminating zero): two names could become one. */
const MAX_NAME_BYTES = 63;

/** Sizes of the type byte and the length that messages begin with. */
const HEADER_BYTES = 5;

/** @param prefix ASCII, of this connection alone */
export function createStatementNames(prefix: string): StatementNames {
  const prefixBytes = Buffer.from(prefix, 'latin1');
  const prepared = new Set<string>();
  return {
    own({ type, bytes }) {
      const at = nameOffset(type, bytes);
      // The unnamed statement is the next one's who parses, in the same turn.
      if (at === null || bytes[at] === 0) return bytes;
      const end = bytes.indexOf(0, at);
      if (end === -1 || end - at + prefix.length > MAX_NAME_BYTES) {
        throw new RangeError(`the name of a statement has more than ${MAX_NAME_BYTES - prefix.length} bytes`);
      }
      if (type === 'P') prepared.add(bytes.toString('latin1', at, end));
      const named = Buffer.concat([bytes.subarray(0, at), prefixBytes, bytes.subarray(at)]);
      named.writeInt32BE(named.length - 1, 1);
      return named;
    },
    closing() {
      if (prepared.size === 0) return null;
      const names = Array.from(prepared, (name) => message('C', Buffer.from(`S${prefix}${name}\0`, 'latin1')));
      return Buffer.concat([...names, emptyMessage('S')]);
    },
  };
}

/** Where a message names a statement ("Message Formats": Parse, Bind, Describe, Close); null where it names none. */
function nameOffset(type: string, bytes: Buffer): number | null {
  if (type === 'P') return HEADER_BYTES;
  // After the name of the portal.
  if (type === 'B') return bytes.indexOf(0, HEADER_BYTES) + 1;
  const isOfStatement = (type === 'D' || type === 'C') && bytes[HEADER_BYTES] === 'S'.charCodeAt(0);
  return isOfStatement ? HEADER_BYTES + 1 : null;
}
