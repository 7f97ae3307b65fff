// What the page asks of the server: TileJSON, legends, values at points, and the right to see them.

/** What stands before `/api` in addresses, where a proxy serves all of this below a path. */
const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
const TOKEN_KEY = 'inlay-token';
/** Seconds before a link ends that a new one is asked for. */
const EARLY_SECONDS = 60;

/** A refusal of the server, in its own words. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The dataset of a page. `search` is the page's own query, which may carry a signed link. */
export function createDataset(id, search) {
  const base = `${ROOT}/api/datasets/${encodeURIComponent(id)}`;
  let link = search.has('sig') ? { sig: search.get('sig'), exp: search.get('exp') } : null;
  let token = sessionStorage.getItem(TOKEN_KEY);

  const withLink = (params) => {
    const all = new URLSearchParams(params);
    if (link !== null) for (const [name, value] of Object.entries(link)) all.set(name, value);
    return all.size === 0 ? '' : `?${all}`;
  };

  /** Pictures cannot send a header: a token is exchanged for a link that they carry in their URL. */
  async function refreshLink() {
    if (token === null) return;
    const answer = await read(`${ROOT}/api/tiles/token/${encodeURIComponent(id)}/`, {
      authorization: `Bearer ${token}`,
    });
    link = { sig: answer.sig, exp: answer.exp };
    setTimeout(() => refreshLink().catch(() => undefined), (answer.expires_in - EARLY_SECONDS) * 1000);
  }

  return {
    async signIn(text) {
      token = text;
      await refreshLink();
      sessionStorage.setItem(TOKEN_KEY, text);
    },
    async open() {
      if (token !== null && link === null) {
        // One that has ended is no better than none, for what is public.
        await refreshLink().catch(() => sessionStorage.removeItem(TOKEN_KEY));
      }
      return await read(`${base}/tilejson.json${withLink()}`);
    },
    tileJson: (params) => read(`${base}/tilejson.json${withLink(params)}`),
    legend: (params) => read(`${base}/legend${withLink(params)}`),
    point: ({ lon, lat }) => read(`${base}/point/${lon.toFixed(7)},${lat.toFixed(7)}${withLink({ unscale: 'true' })}`),
  };
}

async function read(url, headers = {}) {
  const answer = await fetch(url, { headers });
  if (answer.ok) return await answer.json();
  const body = await answer.json().catch(() => ({}));
  const items = Array.isArray(body.detail) ? body.detail : null;
  const said = items === null ? body.detail : items.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`).join('; ');
  throw new Refusal(answer.status, said ?? `The server answers ${answer.status}.`);
}
