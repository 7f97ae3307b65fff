import { formatViewport, parseViewport, type Viewport } from './map/viewport.ts';

// The URL is the state. Queries are kept as plain text, `?q=B04&map=8.20/48.1/11.5`, so that people can read and edit them;
// what a text means, each route's `validateSearch` decides.

/** A query's values by name, all text. */
export type TextParams = Readonly<Record<string, string>>;

/** Reads the query of a URL; of a name given twice the last one counts. */
export function parseSearch(search: string): TextParams {
  return Object.fromEntries(new URLSearchParams(search));
}

/** Writes a query with its question mark: texts that are not empty, and nothing else. */
export function stringifySearch(params: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === 'string' && value !== '') search.append(name, value);
  }
  if (search.size === 0) return '';
  // RFC 3986, 3.4 lets these stand in a query as they are.
  return `?${search.toString().replaceAll('%2F', '/').replaceAll('%2C', ',').replaceAll('%3A', ':')}`;
}

/** A text of the query; undefined where there is none. */
export function textParam(params: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An identifier in the query; undefined where there is none. */
export function uuidParam(params: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = textParam(params, name);
  return value !== undefined && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) ? value : undefined;
}

/** One of a few words of the query; undefined for any other. */
export function choiceParam<T extends string>(
  params: Readonly<Record<string, unknown>>,
  name: string,
  choices: readonly T[],
): T | undefined {
  return choices.find((choice) => choice === params[name]);
}

/** What every page's query may have. */
export interface CommonSearch {
  /** What the map looks at, as {@link formatViewport} writes it. */
  readonly map?: string | undefined;
}

/** The common part of a query. */
export function commonSearch(params: Readonly<Record<string, unknown>>): CommonSearch {
  const viewport = viewportOf(textParam(params, 'map'));
  return viewport === null ? {} : { map: formatViewport(viewport) };
}

/** The viewport that a query asks for; null where it does not. */
export function viewportOf(map: string | undefined): Viewport | null {
  return map === undefined ? null : parseViewport(map);
}
