import { type ReactNode, useState } from 'react';
import { classNames } from './class-names.ts';

export interface ThumbnailProps {
  readonly src: string;
  /** Side of its square in CSS pixels. */
  readonly size: number;
  readonly className?: string;
}

/** A picture of a raster's pixels in a square; a plain one where there is none yet. Decorative: the title stands beside it. */
export function Thumbnail({ src, size, className }: ThumbnailProps): ReactNode {
  const [failed, setFailed] = useState<string | null>(null);
  return (
    <span
      className={classNames('block shrink-0 overflow-hidden rounded-sm bg-hover', className)}
      style={{ width: size, height: size }}
    >
      {failed === src ? (
        <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className="text-edge">
          <path d="M7 7h4v4H7zM13 7h4v4h-4zM7 13h4v4H7zM13 13h4v4h-4z" fill="currentColor" fillOpacity="0.45" />
        </svg>
      ) : (
        <img
          src={src}
          alt=""
          loading="lazy"
          decoding="async"
          width={size}
          height={size}
          className="size-full object-cover"
          onError={() => setFailed(src)}
        />
      )}
    </span>
  );
}
