import { Link } from '@tanstack/react-router';
import { Layers } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { formatCount } from '../format.ts';
import { hasRole, useMe } from '../session.ts';
import { encodeSelection } from '../selection.ts';
import { buttonClass } from '../ui/button.tsx';

/** Where to go on from rasters that have just been added: the catalogue with them selected, or a virtual raster of them. */
export function AddedActions({ ids }: { readonly ids: readonly string[] }): ReactNode {
  const me = useMe();
  const key = ids.join();
  // Many are kept by the tab: in one place, and not in another with each render.
  const selection = useMemo(() => encodeSelection(key === '' ? [] : key.split(','), 'added'), [key]);
  return (
    <>
      <Link to="/" search={{ sel: selection }} className={buttonClass('quiet')}>
        Show in the catalogue
      </Link>
      {ids.length > 1 && hasRole(me, 'editor') && (
        <Link to="/build" search={{ sources: selection }} className={buttonClass('primary')}>
          <Layers size={16} aria-hidden="true" />
          Build from these {formatCount(ids.length)}
        </Link>
      )}
    </>
  );
}
