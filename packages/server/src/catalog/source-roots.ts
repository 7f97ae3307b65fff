import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { isObject, objectLocation, parseObject } from '../s3/object-place.ts';
import type { ObjectLinks } from '../s3/object-links.ts';

/** Folders, URL prefixes and prefixes of buckets that rasters may be registered from, as the operator lists them. */
export type SourceRoots = readonly string[];

/** What it takes to read what is registered: where that may be, and who opens objects of buckets. */
export interface SourceAccess {
  readonly sourceRoots: SourceRoots;
  readonly objectLinks: ObjectLinks;
}

/** Whether a location is one of a web server; its letters are not told apart from capitals. */
export function isUrl(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

/** Whether a location is a path on this server. */
export function isLocal(location: string): boolean {
  return !isUrl(location) && !isObject(location);
}

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
  if (isObject(href)) return allowedObject(href, roots);
  if (isUrl(href)) return allowedUrl(href, roots.filter(isUrl));
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(href))
    return refused('only paths, http://, https:// and s3:// can be registered');
  return await allowedPath(href, roots.filter(isLocal));
}

/**
 * The root that a registered place lies under as it is written, or null: without a look at any folder, for which links
 * would be followed. Not enough to open anything by.
 */
export function rootOf(location: string, roots: SourceRoots): string | null {
  const isUnder = (root: string): boolean => {
    if (isObject(location)) return allowedObject(location, [root]).ok;
    if (isUrl(location)) return isUrl(root) && allowedUrl(location, [root]).ok;
    return isLocal(root) && isWithin(location, resolve(root));
  };
  return roots.find(isUnder) ?? null;
}

/**
 * Whether an object, or all whose keys begin so, lie under one of the roots that are prefixes of buckets. Keys are what
 * they are: nothing in them leads elsewhere.
 */
export function allowedObject(href: string, roots: SourceRoots): AllowedPlace {
  const place = parseObject(href);
  if (typeof place === 'string') return refused(place);
  const allowed = roots.filter(isObject).some((text) => {
    const root = parseObject(text);
    if (typeof root === 'string' || root.bucket !== place.bucket) return false;
    const folder = root.key === '' || root.key.endsWith('/') ? root.key : `${root.key}/`;
    return place.key === root.key || place.key.startsWith(folder);
  });
  return allowed ? { ok: true, location: objectLocation(place) } : refused('it is under none of the allowed buckets');
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
