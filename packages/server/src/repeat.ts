/** A task that runs again and again. */
export interface Repetition {
  /** It is not started any more. */
  stop(): void;
  /** Resolves when a run under way has ended. */
  settled(): Promise<void>;
}

/** Runs `task` again and again, each time `ms` after it last ended; does not keep the process alive. */
export function repeat(ms: number, task: () => Promise<void>, onError: (error: unknown) => void): Repetition {
  let stopped = false;
  let current: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const next = (): void => {
    timer = setTimeout(() => {
      current = task()
        .catch(onError)
        .then(() => {
          if (!stopped) next();
        });
    }, ms);
    timer.unref();
  };
  next();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    settled: () => current,
  };
}
