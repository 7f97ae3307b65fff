import { useEffect, useState } from 'react';

/** The value once it has stayed the same for a while; null where there is none. */
export function useSettled<T>(value: T | null, pauseMs: number): T | null {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const waiting = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(waiting);
  }, [value, pauseMs]);
  return value === null ? null : settled;
}
