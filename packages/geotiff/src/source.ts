/** Options of one read. */
export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Random access to the bytes of one file: the only way this package reads. It has the shape of
 * `@cogeotiff/core`'s `Source` but for the address, which is nobody else's business.
 */
export interface Source {
  /** How messages name it: a file name or a URL without its query, never a path. */
  readonly name: string;
  /** Length in bytes; null until the first fetch where only the server knows it. */
  readonly size: number | null;
  /**
   * The bytes `[offset, offset + length)`, the caller's own. Fewer only where the source ends; none from its end on.
   * @throws GeoTiffError `geotiff/source-unavailable`, `geotiff/source-changed`; the signal's reason when aborted.
   */
  fetch(offset: number, length: number, options?: FetchOptions): Promise<ArrayBuffer>;
  /** Releases what the source holds. Harmless when repeated. */
  close(): Promise<void>;
}

/** A source over bytes in memory; they are not copied, so they must not change afterwards. */
export function memorySource(name: string, bytes: Uint8Array): Source {
  return {
    name,
    size: bytes.byteLength,
    fetch(offset, length, options) {
      if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason as Error);
      // A Buffer's own `slice` would share its memory, and with it the bytes around.
      return Promise.resolve(new Uint8Array(bytes.subarray(offset, offset + length)).buffer);
    },
    close: () => Promise.resolve(),
  };
}
