/** Work that is better not done in one piece: the first at once, the rest one in each frame. */
export interface Turns {
  /** Does the work when its turn comes; work of the same name that has not been done yet is not done any more. */
  take(name: string, work: () => void): void;
  /** Leaves the work of this name undone. */
  drop(name: string): void;
  end(): void;
}

/** Has work done later; returns what calls it off. */
export type Defer = (work: () => void) => () => void;

/** A queue of work, one piece in each turn. */
export function takeTurns(defer: Defer = nextFrame): Turns {
  const waiting = new Map<string, () => void>();
  let callOff: (() => void) | null = null;
  const next = (): void => {
    callOff = null;
    const [first] = waiting;
    if (first === undefined) return;
    waiting.delete(first[0]);
    callOff = defer(next);
    first[1]();
  };
  return {
    take(name, work) {
      waiting.set(name, work);
      if (callOff === null) next();
    },
    drop: (name) => void waiting.delete(name),
    end() {
      callOff?.();
      waiting.clear();
    },
  };
}

/** In the next frame. */
export function nextFrame(work: () => void): () => void {
  const frame = requestAnimationFrame(work);
  return () => cancelAnimationFrame(frame);
}

/** After what is there now has been painted: a task begun in a frame comes after its picture. */
export function afterPaint(work: () => void): () => void {
  let task: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => {
    task = setTimeout(work);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(task);
  };
}
