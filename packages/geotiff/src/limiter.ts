/** Admits tasks by how many run and how much they weigh together; the others wait in line. */
export interface Limiter {
  /**
   * Runs a task when there is room. One heavier than the whole capacity runs alone.
   * @throws the signal's reason when aborted before the task has started; what the task throws.
   */
  run<T>(weight: number, task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Waiting {
  readonly weight: number;
  readonly start: () => void;
}

/** @param capacity of all running tasks together, in whatever their weight is counted. */
export function createLimiter(maxTasks: number, capacity: number): Limiter {
  const queue = new Set<Waiting>();
  let running = 0;
  let load = 0;

  const fits = (weight: number): boolean => running === 0 || (running < maxTasks && load + weight <= capacity);

  const admit = (): void => {
    for (const waiting of queue) {
      if (!fits(waiting.weight)) return;
      queue.delete(waiting);
      take(waiting.weight);
      waiting.start();
    }
  };

  const take = (weight: number): void => {
    running++;
    load += weight;
  };

  const enter = (weight: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (queue.size === 0 && fits(weight)) {
      take(weight);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.delete(waiting);
        reject(signal.reason as Error);
        // The one that left may have been too heavy for the place that others now fit into.
        admit();
      };
      const waiting: Waiting = {
        weight,
        start() {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      queue.add(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  };

  return {
    async run(weight, task, signal) {
      await enter(weight, signal);
      try {
        return await task();
      } finally {
        running--;
        load -= weight;
        admit();
      }
    },
  };
}
