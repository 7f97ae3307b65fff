// A name of its own: bundlers take `new URL(text, import.meta.url)` for the address of a file to add to the build.
const here = import.meta.url;

/**
 * Where the application is served, as a path with a slash at both ends: `/`, or `/inlay/` where a proxy serves it below one.
 * Known from where this file was loaded from: `assets/` of a build, `src/` in development.
 */
export const BASE_PATH: string = new URL('..', here).pathname;

/** The server's address without a slash at the end, as the client of the API takes it. */
export const SERVER_URL: string = location.origin + BASE_PATH.replace(/\/$/, '');

/** A path of the server, `/api/...`, as the browser reaches it. */
export function serverPath(path: `/${string}`): string {
  return BASE_PATH.replace(/\/$/, '') + path;
}
