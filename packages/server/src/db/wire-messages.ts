// PostgreSQL's frontend/backend protocol 3.0 (postgresql.org, "Frontend/Backend Protocol"): framing, and the few
// messages that the embedded database's socket server writes itself.

/** One message from a client: its type byte as a character (`''` for those of the start, which have none). */
export interface FrontendMessage {
  readonly type: string;
  /** The whole message, header included. */
  readonly bytes: Buffer;
}

/** Reassembles messages from the chunks a socket delivers. */
export interface MessageReader {
  push(chunk: Buffer): void;
  /** The next whole message, or null until more bytes come. @throws RangeError where a length is impossible. */
  next(): FrontendMessage | null;
}

/** @param maxBytes longest message accepted */
export function createMessageReader(maxBytes: number): MessageReader {
  let chunks: Buffer[] = [];
  let available = 0;
  let wanted = 0;
  let started = false;

  /** Joins the chunks only once they hold what is wanted: joining at every chunk is quadratic in the message's size. */
  function contiguous(bytes: number): Buffer | null {
    if (available < bytes) return null;
    if (chunks.length !== 1) chunks = [Buffer.concat(chunks)];
    return chunks[0] ?? Buffer.alloc(0);
  }

  return {
    push(chunk) {
      chunks.push(chunk);
      available += chunk.length;
    },
    next() {
      const typeBytes = started ? 1 : 0;
      const buffer = contiguous(Math.max(wanted, typeBytes + 4));
      if (buffer === null) return null;
      const length = buffer.readInt32BE(typeBytes);
      if (length < 4 || length > maxBytes) throw new RangeError(`message length ${length} is not in 4..${maxBytes}`);
      const total = typeBytes + length;
      if (buffer.length < total) {
        wanted = total;
        return null;
      }
      wanted = 0;
      chunks = [buffer.subarray(total)];
      available = buffer.length - total;
      const bytes = buffer.subarray(0, total);
      if (typeBytes === 0 && bytes.length >= 8 && !isRequestBeforeStart(bytes.readInt32BE(4))) started = true;
      return { type: typeBytes === 0 ? '' : String.fromCharCode(bytes[0] as number), bytes };
    },
  };
}

/** Request codes in the place of a protocol version ("Message Formats"). */
export const CANCEL_REQUEST = 80877102;
export const SSL_REQUEST = 80877103;
export const GSS_ENCRYPTION_REQUEST = 80877104;

function isRequestBeforeStart(code: number): boolean {
  return code === CANCEL_REQUEST || code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST;
}

/** A message without content of a frontend type, such as Sync (`S`). */
export function emptyMessage(type: string): Buffer {
  return message(type, Buffer.alloc(0));
}

/** AuthenticationCleartextPassword. */
export function passwordRequest(): Buffer {
  return message('R', int32(3));
}

/** The password of a PasswordMessage. */
export function readPassword({ bytes }: FrontendMessage): string {
  return bytes.toString('utf8', 5, bytes.length - 1);
}

/** AuthenticationOk, the ParameterStatus of each parameter, BackendKeyData and ReadyForQuery (idle). */
export function welcome(parameters: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat([
    message('R', int32(0)),
    ...Object.entries(parameters).map(([name, value]) => message('S', Buffer.from(`${name}\0${value}\0`))),
    message('K', Buffer.concat([int32(0), int32(0)])), // no key: nothing can be cancelled
    message('Z', Buffer.from('I')),
  ]);
}

/** ErrorResponse. @param code SQLSTATE ("PostgreSQL Error Codes") */
export function errorResponse(severity: 'ERROR' | 'FATAL', code: string, text: string): Buffer {
  return message('E', Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`));
}

/** ReadyForQuery. @param status `I` idle, `T` in a transaction, `E` in a failed one */
export function readyForQuery(status: 'I' | 'T' | 'E'): Buffer {
  return message('Z', Buffer.from(status));
}

/** A message of a type with this content. */
export function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
