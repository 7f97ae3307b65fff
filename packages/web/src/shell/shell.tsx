import { Outlet, useMatches } from '@tanstack/react-router';
import { type CSSProperties, type ReactNode, useState } from 'react';
import { classNames } from '../ui/class-names.ts';
import { Toaster } from '../ui/toaster.tsx';
import { FIRST_SHARE, RoomDivider } from './room-divider.tsx';
import { Stage } from './stage.tsx';
import { TopBar } from './top-bar.tsx';

/** The application's frame: the bar at the top, and below it a page, alone or beside the map. */
export function Shell(): ReactNode {
  const layout = useMatches({ select: (matches) => matches.at(-1)?.staticData.layout ?? 'page' });
  const isMap = layout === 'map';
  const [share, setShare] = useState(FIRST_SHARE);
  return (
    <div className="flex h-dvh flex-col">
      <a
        href="#content"
        className="sr-only rounded-md bg-ink px-3 py-2 text-paper focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to content
      </a>
      <TopBar />
      <div className="relative flex min-h-0 flex-1 flex-col-reverse md:flex-row">
        <main
          id="content"
          tabIndex={-1}
          style={isMap ? ({ '--panel': `${100 * share}%` } as CSSProperties) : {}}
          className={classNames(
            'min-h-0 outline-none',
            isMap
              ? 'flex h-(--panel) flex-none flex-col border-t border-line bg-paper md:h-auto md:w-104 md:border-t-0 md:border-r'
              : 'absolute inset-0 z-20 overflow-y-auto bg-paper',
          )}
        >
          {isMap && <RoomDivider share={share} onShare={setShare} />}
          <Outlet />
        </main>
        <Stage isShown={isMap} />
      </div>
      <Toaster />
    </div>
  );
}
