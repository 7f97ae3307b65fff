import { createHash } from 'node:crypto';
import { StorageError } from './storage-error.ts';

/** A stream being stored: counted, hashed, limited, and stoppable even while its source keeps silent. */
export interface Metered {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** To be asked once, when the chunks are through. */
  result(): { bytes: number; sha256: string };
}

export function meter(
  body: AsyncIterable<Uint8Array>,
  { signal, maxBytes = Infinity }: { signal?: AbortSignal; maxBytes?: number },
): Metered {
  const hash = createHash('sha256');
  let bytes = 0;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of abortable(body, signal)) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        throw new StorageError('storage/too-large', `More than ${maxBytes} bytes were sent, the limit for one file.`, {
          details: { maxBytes },
        });
      }
      hash.update(chunk);
      yield chunk;
    }
  }

  return { chunks: chunks(), result: () => ({ bytes, sha256: hash.digest('hex') }) };
}

/** The same chunks, ending with the signal's reason as soon as it is aborted, not only at the next chunk. */
async function* abortable(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const iterator = body[Symbol.asyncIterator]();
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  aborted.catch(() => undefined); // the consumer may be gone already
  signal?.addEventListener('abort', abort, { once: true });
  let isDone = false;
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      isDone = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    // Not awaited: a generator that hangs in `next` finishes no `return` either.
    if (!isDone) void iterator.return?.().catch(() => undefined);
  }
}
