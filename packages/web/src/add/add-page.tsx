import type { ReactNode } from 'react';
import { Empty } from '../ui/states.tsx';

export function AddPage(): ReactNode {
  return <Empty title="AddPage" />;
}
