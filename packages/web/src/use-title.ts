import { useEffect } from 'react';

/** Names the browser's tab after what the page shows, as long as it shows it; undefined while that is not known. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? 'Inlay' : `${title} · Inlay`;
    return () => {
      document.title = 'Inlay';
    };
  }, [title]);
}
