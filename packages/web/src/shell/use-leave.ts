import { useNavigate } from '@tanstack/react-router';
import { errorLine } from '../describe-error.ts';
import { signOut } from '../session.ts';
import { toast } from '../ui/toast-store.ts';

/** Signs out, and goes to what everybody may see. */
export function useLeave(): () => void {
  const navigate = useNavigate();
  return () =>
    void signOut().then(
      () => navigate({ to: '/' }),
      (error: unknown) => toast(errorLine(error), { tone: 'danger' }),
    );
}
