// Which datasets are chosen, as URLs carry it: 22 characters each, so that a few hundred fit. More are kept by this tab, and the
// URL names where.

/** As many as a URL of about 4,400 characters holds; servers and proxies take 8,000. */
const MOST_IN_URL = 200;
const ID_CHARACTERS = 22;
const STORED = '~';
const KEY = 'inlay.selection.';

/**
 * Ids of datasets as a text for a URL; undefined for none. `slot` is where this tab keeps more than fit, in place of what was
 * there: left out, in a place of its own.
 */
export function encodeSelection(ids: readonly string[], slot?: string): string | undefined {
  if (ids.length === 0) return undefined;
  const text = ids.map(shorten).join('');
  if (ids.length <= MOST_IN_URL) return text;
  const name = slot ?? crypto.randomUUID().slice(0, 8);
  sessionStorage.setItem(KEY + name, text);
  return STORED + name;
}

/** Reads {@link encodeSelection}; what makes no sense, or is no longer kept, is none. */
export function decodeSelection(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const ids = text.startsWith(STORED) ? (sessionStorage.getItem(KEY + text.slice(1)) ?? '') : text;
  if (ids.length % ID_CHARACTERS !== 0 || !/^[\w-]*$/.test(ids)) return [];
  return Array.from({ length: ids.length / ID_CHARACTERS }, (_, i) =>
    lengthen(ids.slice(i * ID_CHARACTERS, (i + 1) * ID_CHARACTERS)),
  );
}

/** A UUID's 16 bytes in base64url (RFC 4648, section 5) without padding. */
function shorten(uuid: string): string {
  const known = shortened.get(uuid);
  if (known !== undefined) return known;
  const hex = uuid.replaceAll('-', '');
  const bytes = Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  const short = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  shortened.set(uuid, short);
  return short;
}

/** Ten thousand take 40 ms, and one is added at a time. */
const shortened = new Map<string, string>();

function lengthen(short: string): string {
  const bytes = atob(short.replaceAll('-', '+').replaceAll('_', '/'));
  const hex = Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
