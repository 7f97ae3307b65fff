import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { hasRole, useMe } from '../session.ts';
import { SignedIn } from '../shell/signed-in.tsx';
import { chooseTheme, THEME_OPTIONS, useThemeChoice } from '../shell/theme.ts';
import { useLeave } from '../shell/use-leave.ts';
import { Button } from '../ui/button.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Password } from './password.tsx';
import { Section } from './section.tsx';
import { Tokens } from './tokens.tsx';
import { Users } from './users.tsx';
import { useTitle } from '../use-title.ts';

/** Who one is here, the tokens that act on one's behalf, and for administrators, who else there is. */
export function AccountPage(): ReactNode {
  useTitle('Account');
  return (
    <SignedIn atLeast="viewer" purpose="to see your account">
      <Account />
    </SignedIn>
  );
}

function Account(): ReactNode {
  const me = useMe();
  const theme = useThemeChoice();
  const leave = useLeave();
  return (
    <div className="page max-w-3xl">
      <header className="mb-6 flex items-center justify-between gap-4">
        <div>
          <h1 className="text-2xl font-semibold">{me?.username}</h1>
          <p className="text-soft">{roleText(me?.role)}</p>
        </div>
        <Button icon={LogOut} onClick={leave}>
          Sign out
        </Button>
      </header>
      <Tokens />
      <Password />
      <Section title="Appearance">
        <Segmented label="Appearance" value={theme} options={THEME_OPTIONS} onValueChange={chooseTheme} />
      </Section>
      {hasRole(me, 'admin') && <Users />}
    </div>
  );
}

function roleText(role: string | undefined): string {
  if (role === 'admin') return 'Administrator: may see, change and delete everything, and add users.';
  if (role === 'editor') return 'Editor: may add rasters and build virtual ones.';
  return 'Viewer: may look at what is shared.';
}
