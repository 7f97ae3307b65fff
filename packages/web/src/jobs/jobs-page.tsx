import type { ReactNode } from 'react';
import { Empty } from '../ui/states.tsx';

export function JobsPage(): ReactNode {
  return <Empty title="JobsPage" />;
}
