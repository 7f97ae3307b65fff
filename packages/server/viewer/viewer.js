import { createControls } from './controls.js';
import { createDataset } from './dataset.js';
import { short, showLegend } from './legend.js';
import { createMap } from './map.js';
import { metresPerPixel, toSquare } from './mercator.js';

// A dataset on a map: `/view/{id}`. How it is shown stands in the query, the view in the fragment, so that the address of
// the page shows to others what one sees (if they may see it).

const PARAMETERS = ['bidx', 'expression', 'rescale', 'colormap_name', 'algorithm', 'resampling'];

const element = (id) => document.getElementById(id);
const search = new URLSearchParams(location.search);
const id = location.pathname.replace(/\/+$/, '').split('/').at(-1);
const dataset = createDataset(id, search);
const map = createMap(element('map'), { onMove: rememberView, onPick: showValues });
/** Zoom, latitude and longitude that the address asks for; numbers that are none where it does not. */
const wantedView = location.hash.slice(1).split('/').map(Number);
let tileJson = null;
let lastPick = 0;
let resting = 0;

element('zoom-in').addEventListener('click', () => map.zoomBy(1));
element('zoom-out').addEventListener('click', () => map.zoomBy(-1));
element('zoom-fit').addEventListener('click', () => map.fit());
element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  dataset.signIn(element('token').value.trim()).then(start).catch(tell);
});
// On a phone the map comes first.
if (matchMedia('(max-width: 560px)').matches) element('panel').open = false;
await start();

async function start() {
  const initial = Object.fromEntries(
    PARAMETERS.flatMap((name) => (search.has(name) ? [[name, search.get(name)]] : [])),
  );
  try {
    tileJson = await dataset.open();
  } catch (error) {
    element('sign-in').hidden = error.status !== 401 && error.status !== 404;
    element('panel').open = true;
    if (element('sign-in').hidden) tell(error);
    return;
  }
  element('sign-in').hidden = true;
  element('controls').hidden = false;
  element('footer').hidden = false;
  element('title').textContent = tileJson.name;
  document.title = `${tileJson.name} – Inlay`;
  element('attribution').textContent = `Pixels in ${tileJson.crs}, shown in EPSG:3857`;
  const controls = createControls(element('controls'), tileJson.bands, initial, render);
  await render(controls.params());
  const [zoom, lat, lon] = wantedView;
  if (wantedView.length === 3 && wantedView.every(Number.isFinite)) map.show({ zoom, lat, lon });
  else map.fit();
}

/** Shows the dataset with other parameters. */
async function render(params) {
  try {
    tileJson = await dataset.tileJson(params);
    showLegend(element('legend'), await dataset.legend(params));
    tell(null);
  } catch (error) {
    tell(error);
    return;
  }
  map.setSource(sourceOf(tileJson));
  const kept = new URLSearchParams([...search].filter(([name]) => !PARAMETERS.includes(name)));
  for (const [name, value] of Object.entries(params)) kept.set(name, value);
  history.replaceState(null, '', `${location.pathname}${kept.size === 0 ? '' : `?${kept}`}${location.hash}`);
}

/** Tiles by their address, and where there are any. */
function sourceOf({ tiles: [template], bounds, minzoom, maxzoom }) {
  const [west, south, east, north] = bounds;
  const [a, b] = [toSquare(west, north), toSquare(east, south)];
  const fine = devicePixelRatio > 1 ? '@2x' : '';
  const range = (zoom, from, to) => ({
    first: Math.max(0, Math.floor(from * 2 ** zoom)),
    last: Math.min(2 ** zoom - 1, Math.floor(to * 2 ** zoom)),
  });
  // The server may know itself by another name than the one this page came by.
  const path = template.replace(/^https?:\/\/[^/]+/, '');
  return {
    id: template,
    bounds,
    minzoom: Math.max(0, minzoom - 2),
    maxzoom,
    rows: (zoom) => range(zoom, a.y, b.y),
    hasColumn(zoom, x) {
      const { first, last } = range(zoom, a.x, b.x);
      return x >= first && x <= last;
    },
    url: (zoom, x, y) =>
      path
        .replace('{z}', zoom)
        .replace('{x}', x)
        .replace('{y}', y)
        .replace(/(\.\w+)(\?|$)/, `${fine}$1$2`),
  };
}

async function showValues(place) {
  lastPick += 1;
  const pick = lastPick;
  const where = `${place.lat.toFixed(5)}, ${place.lon.toFixed(5)}`;
  try {
    const { values, band_descriptions: names, units, inside } = await dataset.point(place);
    if (pick !== lastPick) return;
    const lines = values.map((value, i) => {
      const name = names[i] ?? `Band ${i + 1}`;
      return `${name}: ${value === null ? 'no data' : short(value)}${value === null || !units[i] ? '' : ` ${units[i]}`}`;
    });
    const text = [where, ...(inside ? lines : ['outside of the dataset'])].join('\n');
    map.pin(place, text);
    element('status').textContent = text.replaceAll('\n', '; ');
  } catch (error) {
    if (pick === lastPick) tell(error);
  }
}

function tell(error) {
  element('problem').hidden = error === null;
  element('problem').textContent = error?.message ?? '';
}

/** Draws the scale, and writes the view into the address once it rests: browsers allow that only so often. */
function rememberView() {
  if (tileJson === null) return;
  const { lon, lat, zoom } = map.view();
  clearTimeout(resting);
  resting = setTimeout(() => {
    const view = `#${zoom.toFixed(2)}/${lat.toFixed(5)}/${lon.toFixed(5)}`;
    history.replaceState(null, '', location.pathname + location.search + view);
  }, 300);
  const metres = metresPerPixel(lat, zoom) * 100;
  const power = 10 ** Math.floor(Math.log10(metres));
  const round = [5, 2, 1].map((step) => step * power).find((length) => length <= metres) ?? power;
  element('scale').style.width = `${(100 * round) / metres}px`;
  element('scale').textContent = round >= 1000 ? `${round / 1000} km` : `${Number(round.toPrecision(1))} m`;
}
