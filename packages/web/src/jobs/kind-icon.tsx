import type { JobKind } from '@inlay/contract';
import { FileDown, FileUp, FolderTree, Image, Layers, type LucideIcon, RefreshCw, SquareStack } from 'lucide-react';
import type { ReactNode } from 'react';

const ICONS: Readonly<Record<JobKind, LucideIcon>> = {
  upload: FileUp,
  register_rasters: FolderTree,
  vrt_create: Layers,
  vrt_change: Layers,
  vrt_overviews: SquareStack,
  raster_refresh: RefreshCw,
  export: FileDown,
  quicklook: Image,
};

/** What stands for a job where there is no picture of what it makes. Decorative. */
export function KindIcon({ kind }: { readonly kind: JobKind }): ReactNode {
  const Icon = ICONS[kind];
  return <Icon size={16} strokeWidth={1.75} aria-hidden="true" />;
}
