import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { Layers, LogOut, Plus, ScrollText, Search, Settings2, UserRound } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { JobsIndicator } from '../jobs/jobs-indicator.tsx';
import { hasRole, useMe } from '../session.ts';
import { buttonClass, IconButton } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { CONTROL_CLASS } from '../ui/field.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { Mark } from '../ui/mark.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '../ui/menu.tsx';
import { chooseTheme, THEME_OPTIONS, useThemeChoice } from './theme.ts';
import { useLeave } from './use-leave.ts';

/** The bar at the top of every page: where one is, the search, and what is under way. */
export function TopBar(): ReactNode {
  const me = useMe();
  return (
    <header className="z-30 flex h-12 shrink-0 items-center gap-1 border-b border-line bg-paper px-3 md:gap-2">
      <Link to="/" aria-label="Inlay: the catalogue" className="flex items-center gap-2 rounded-md py-1 pr-2">
        <Mark />
        <span className="hidden text-lg font-semibold tracking-tight md:inline">Inlay</span>
      </Link>
      <SearchBox />
      <div className="flex-1" />
      {hasRole(me, 'editor') && (
        <>
          <BarLink to="/add" label="Add rasters" icon={Plus} />
          <BarLink to="/build" label="Build a virtual raster" short="Build" icon={Layers} />
        </>
      )}
      {me != null && <JobsIndicator />}
      <AccountMenu />
    </header>
  );
}

interface BarLinkProps {
  readonly to: '/add' | '/build';
  readonly label: string;
  readonly short?: string;
  readonly icon: typeof Plus;
}

function BarLink({ to, label, short, icon: Icon }: BarLinkProps): ReactNode {
  return (
    <Link
      to={to}
      aria-label={label}
      activeProps={{ 'aria-current': 'page', className: 'bg-hover' }}
      className={classNames(buttonClass('plain'), 'max-lg:size-9 max-lg:px-0')}
    >
      <Icon size={16} aria-hidden="true" />
      <span className="max-lg:hidden">{short ?? label}</span>
    </Link>
  );
}

/** Finds datasets by text. On the catalogue it narrows as one types, elsewhere it goes there. `/` jumps into it. */
function SearchBox(): ReactNode {
  const navigate = useNavigate();
  const { pathname, q } = useLocation({ select: ({ pathname, search }) => ({ pathname, q: search.q ?? '' }) });
  const [text, setText] = useState(q);
  const [known, setKnown] = useState(q);
  if (known !== q) {
    setKnown(q);
    setText(q);
  }
  const input = useRef<HTMLInputElement>(null);
  const isCatalogue = pathname === '/';

  useEffect(() => {
    if (!isCatalogue || text === q) return undefined;
    const waiting = setTimeout(
      () =>
        void navigate({
          to: '/',
          search: (former) => ({ ...former, q: text === '' ? undefined : text }),
          replace: true,
        }),
      200,
    );
    return () => clearTimeout(waiting);
  }, [isCatalogue, text, q, navigate]);

  useEffect(() => {
    const jump = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', jump);
    return () => removeEventListener('keydown', jump);
  }, []);

  return (
    <form
      role="search"
      className="relative min-w-0 max-w-96 flex-[4]"
      onSubmit={(event) => {
        event.preventDefault();
        void navigate({
          to: '/',
          search: (former) => ({ ...(isCatalogue ? former : {}), q: text === '' ? undefined : text }),
        });
      }}
    >
      <Search size={15} aria-hidden="true" className="pointer-events-none absolute top-2 left-2.5 text-soft" />
      <input
        ref={input}
        type="search"
        aria-label="Search the catalogue"
        placeholder="Search"
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className={classNames(CONTROL_CLASS, 'h-8 border-line! bg-sunken! pr-2 pl-8 hover:border-edge!')}
      />
      {text === '' && (
        <span className="pointer-events-none absolute top-1.5 right-2 hidden md:block" aria-hidden="true">
          <Kbd>/</Kbd>
        </span>
      )}
    </form>
  );
}

function AccountMenu(): ReactNode {
  const me = useMe();
  const theme = useThemeChoice();
  const leave = useLeave();
  return (
    <>
      <Menu
        trigger={<IconButton icon={me == null ? Settings2 : UserRound} label={me == null ? 'Settings' : 'Account'} />}
      >
        {me != null && (
          <>
            <MenuLabel>
              {me.username}, {me.role}
            </MenuLabel>
            <MenuItem asChild>
              <Link to="/account">
                <UserRound size={15} aria-hidden="true" className="text-soft" />
                Account
              </Link>
            </MenuItem>
            {hasRole(me, 'admin') && (
              <MenuItem asChild>
                <Link to="/activity">
                  <ScrollText size={15} aria-hidden="true" className="text-soft" />
                  Activity
                </Link>
              </MenuItem>
            )}
            <MenuItem icon={LogOut} onSelect={leave}>
              Sign out
            </MenuItem>
            <MenuSeparator />
          </>
        )}
        <MenuChoice label="Appearance" value={theme} options={THEME_OPTIONS} onValueChange={chooseTheme} />
      </Menu>
      {me === null && (
        <Link to="/sign-in" className={buttonClass('primary')}>
          Sign in
        </Link>
      )}
    </>
  );
}
