import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import type { ReactNode } from 'react';
import { buttonClass } from '../ui/button.tsx';
import { Empty } from '../ui/states.tsx';

/** What an address shows that there is no page for. */
export function PageMissing(): ReactNode {
  return (
    <Empty
      icon={Compass}
      title="There is no such page"
      actions={
        <Link to="/" className={buttonClass('quiet')}>
          To the catalogue
        </Link>
      }
    >
      The address may have been cut off on its way here.
    </Empty>
  );
}
