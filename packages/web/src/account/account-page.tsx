import type { ReactNode } from 'react';
import { Empty } from '../ui/states.tsx';

export function AccountPage(): ReactNode {
  return <Empty title="AccountPage" />;
}
