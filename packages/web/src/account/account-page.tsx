import { useNavigate } from '@tanstack/react-router';
import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { errorLine } from '../describe-error.ts';
import { hasRole, signOut, useMe } from '../session.ts';
import { SignedIn } from '../shell/signed-in.tsx';
import { chooseTheme, useThemeChoice } from '../shell/theme.ts';
import { Button } from '../ui/button.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { toast } from '../ui/toast-store.ts';
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
  const navigate = useNavigate();
  const leave = (): void => {
    signOut().then(
      () => navigate({ to: '/' }),
      (error: unknown) => toast(errorLine(error), { tone: 'danger' }),
    );
  };
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
        <Segmented
          label="Appearance"
          value={theme}
          options={[
            { value: 'system', label: 'As the system' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
          onValueChange={chooseTheme}
        />
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
