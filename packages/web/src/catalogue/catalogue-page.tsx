import type { ReactNode } from 'react';
import { Empty } from '../ui/states.tsx';

export function CataloguePage(): ReactNode {
  return <Empty title="CataloguePage" />;
}
