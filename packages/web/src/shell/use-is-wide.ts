import { useSyncExternalStore } from 'react';

/** From here on the panel stands beside the map, and not below it: `--breakpoint-md` of theme.css. */
const WIDE = matchMedia('(min-width: 48rem)');

/** Whether there is room for two things beside each other. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => WIDE.matches);
}

function subscribe(listener: () => void): () => void {
  WIDE.addEventListener('change', listener);
  return () => WIDE.removeEventListener('change', listener);
}
