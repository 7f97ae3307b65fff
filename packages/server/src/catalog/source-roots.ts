import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { isUrl } from './source-state.ts';

/** Folders and URL prefixes that rasters may be registered from, as the operator lists them. */
export type SourceRoots = readonly string[];

/** A place that may be read, in the one form in which it is stored and opened, or why not. */
export type AllowedPlace =
  | { readonly ok: true; readonly location: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Whether a path or URL lies under one of the roots. Paths are resolved first, links included, so that neither `..`
 * nor a symbolic link leads out. Asked when a raster is registered and again whenever it is opened.
 */
export async function allowedPlace(href: string, roots: SourceRoots): Promise<AllowedPlace> {
  if (roots.length === 0)
    return refused('no folder or URL may be registered from; the operator sets INLAY_SOURCE_ROOTS');
  if (/^s3:\/\//i.test(href)) return refused('s3:// sources are not supported yet');
  if (isUrl(href)) return allowedUrl(href, roots.filter(isUrl));
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(href)) return refused('only paths, http:// and https:// can be registered');
  return await allowedPath(
    href,
    roots.filter((root) => !isUrl(root)),
  );
}

/**
 * The root that a registered place lies under as it is written, or null: without a look at any folder, for which links
 * would be followed. Not enough to open anything by.
 */
export function rootOf(location: string, roots: SourceRoots): string | null {
  const isUnder = (root: string): boolean =>
    isUrl(location)
      ? isUrl(root) && allowedUrl(location, [root]).ok
      : !isUrl(root) && isWithin(location, resolve(root));
  return roots.find(isUnder) ?? null;
}

const OUTSIDE_URLS = 'it is under none of the allowed URLs';

function allowedUrl(href: string, roots: readonly string[]): AllowedPlace {
  if (!URL.canParse(href)) return refused('it is not a valid URL');
  const url = new URL(href);
  if (url.username !== '' || url.password !== '') return refused('credentials in a URL are not accepted');
  // The URL parser resolves `..`; behind a slash that is coded, it leaves that to the server, and some would.
  if (/(\.|%2e){2}(%2f|%5c)|(%2f|%5c)(\.|%2e){2}/i.test(url.pathname)) return refused(OUTSIDE_URLS);
  url.hash = '';
  const allowed = roots.some((text) => {
    const root = new URL(text);
    const folder = root.pathname.endsWith('/') ? root.pathname : `${root.pathname}/`;
    return url.origin === root.origin && (url.pathname === root.pathname || url.pathname.startsWith(folder));
  });
  return allowed ? { ok: true, location: url.href } : refused(OUTSIDE_URLS);
}

async function allowedPath(href: string, roots: readonly string[]): Promise<AllowedPlace> {
  if (!isAbsolute(href) || href.includes('\0')) return refused('give an absolute path');
  const real = await realpath(href).catch(() => null);
  for (const root of roots) {
    const realRoot = await realpath(resolve(root)).catch(() => null);
    // Whether something exists outside of the roots is nobody's business: the answer is the same for both.
    if (real !== null && realRoot !== null && isWithin(real, realRoot)) return { ok: true, location: real };
    if (real === null && isWithin(resolve(href), resolve(root))) return refused('there is no such file');
  }
  return refused('it is under none of the allowed folders');
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
}

function refused(reason: string): AllowedPlace {
  return { ok: false, reason };
}
