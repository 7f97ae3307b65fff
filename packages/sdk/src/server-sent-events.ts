import { ClientError } from './error.ts';

/** One event of a `text/event-stream` (HTML standard, section 9.2). */
export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
}

const MAX_EVENT_CHARACTERS = 1024 * 1024;

/**
 * The events of a stream, whatever the chunks it arrives in. `onActivity` is called for every chunk, comments that
 * keep the connection open included.
 *
 * @throws ClientError `sdk/unexpected-answer` for a line longer than 1 Mi characters, `sdk/unreachable` where the
 *   stream breaks off
 */
export async function* readEvents(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  onActivity: () => void = () => {},
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let event = '';
  let data: string[] = [];
  for await (const line of readLines(bytes, onActivity)) {
    if (line === '') {
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const { field, value } = splitField(line);
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
}

function splitField(line: string): { readonly field: string; readonly value: string } {
  const colon = line.indexOf(':');
  if (colon < 0) return { field: line, value: '' };
  return { field: line.slice(0, colon), value: line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1) };
}

/**
 * Lines end in LF, CR LF or CR, and any of them may be cut in two by the chunks. An unfinished last line is dropped, as
 * the standard says: nobody knows how it goes on.
 */
async function* readLines(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  onActivity: () => void,
): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of readChunks(bytes.pipeThrough(new TextDecoderStream()))) {
    onActivity();
    rest += chunk;
    // A CR at the very end may be the first half of CR LF: it waits for what follows.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_EVENT_CHARACTERS) {
      throw new ClientError('sdk/unexpected-answer', 'An event of the server is too long to be one of a job.');
    }
    yield* lines;
  }
}

/** The chunks; a connection that breaks is told from what goes wrong where they are used. */
async function* readChunks(stream: ReadableStream<string>): AsyncGenerator<string, void, undefined> {
  try {
    yield* stream;
  } catch (error) {
    throw new ClientError('sdk/unreachable', 'The stream of events broke off.', { cause: error });
  }
}
