import type { JobKind } from '@inlay/contract';
import { Cog, FileUp, FolderTree, Image, Layers, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

const ICONS: Readonly<Partial<Record<JobKind, LucideIcon>>> = {
  upload: FileUp,
  register_rasters: FolderTree,
  vrt_create: Layers,
  vrt_change: Layers,
  quicklook: Image,
};

/** What stands for a job where there is no picture of what it makes. Decorative. */
export function KindIcon({ kind }: { readonly kind: JobKind }): ReactNode {
  const Icon = ICONS[kind] ?? Cog;
  return <Icon size={16} strokeWidth={1.75} aria-hidden="true" />;
}
