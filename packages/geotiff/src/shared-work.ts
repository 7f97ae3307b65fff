/** Work that several callers wait for and that is done once. It goes on as long as any of them does. */
export interface SharedWork<T> {
  /**
   * Waits for the result. A caller whose signal is aborted leaves at once, with the signal's reason; the others notice
   * nothing. When the last one leaves, the work itself is aborted.
   */
  join(signal?: AbortSignal): Promise<T>;
}

/**
 * Starts work to be shared. Join it before anything else is awaited: until someone does, nobody can abandon it.
 * @param onEnd called once, when the work has ended or was abandoned: nobody may join it any more.
 */
export function shareWork<T>(work: (signal: AbortSignal) => Promise<T>, onEnd: () => void): SharedWork<T> {
  const controller = new AbortController();
  let waiting = 0;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    onEnd();
  };
  const result = work(controller.signal).finally(end);
  // Every caller hears of a failure through its own promise; an abandoned one is nobody's business.
  result.catch(() => undefined);
  return {
    join(signal) {
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      waiting++;
      if (signal === undefined) return result;
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          reject(signal.reason as Error);
          if (--waiting > 0 || isOver) return;
          end();
          controller.abort(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
        result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
      });
    },
  };
}
