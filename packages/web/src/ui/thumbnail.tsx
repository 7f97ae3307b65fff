import { type ReactNode, useEffect, useState } from 'react';
import { classNames } from './class-names.ts';

export interface ThumbnailProps {
  readonly src: string;
  /** Side of its square in CSS pixels. */
  readonly size: number;
  readonly className?: string;
}

/** A picture of a raster's pixels in a square; a plain one where there is none yet. Decorative: the title stands beside it. */
export function Thumbnail({ src, size, className }: ThumbnailProps): ReactNode {
  return (
    <span
      className={classNames('block shrink-0 overflow-hidden rounded-sm bg-hover', className)}
      style={{ width: size, height: size }}
    >
      <Picture key={src} src={src} size={size} />
    </span>
  );
}

/** How long after each failure it is tried again: mostly it is drawn within seconds after a raster was added. */
const RETRY_MS: readonly number[] = [2000, 8000, 30_000];

function Picture({ src, size }: Omit<ThumbnailProps, 'className'>): ReactNode {
  const [failures, setFailures] = useState(0);
  const [isShown, setShown] = useState(true);
  useEffect(() => {
    const delay = isShown ? undefined : RETRY_MS[failures - 1];
    if (delay === undefined) return undefined;
    const timer = setTimeout(() => setShown(true), delay);
    return () => clearTimeout(timer);
  }, [failures, isShown]);
  if (!isShown) {
    return (
      <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className="text-edge">
        <path d="M7 7h4v4H7zM13 7h4v4h-4zM7 13h4v4H7zM13 13h4v4h-4z" fill="currentColor" fillOpacity="0.45" />
      </svg>
    );
  }
  return (
    <img
      src={src}
      alt=""
      loading="lazy"
      decoding="async"
      width={size}
      height={size}
      className="size-full object-cover"
      onError={() => {
        setFailures(failures + 1);
        setShown(false);
      }}
    />
  );
}
