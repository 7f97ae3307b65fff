import { toLonLat, toSquare } from './mercator.js';

/** Pixels of the screen that a tile fills at its own zoom. */
const TILE = 256;
/** Zooms beyond the data's own that one can look closer. */
const CLOSER = 6;
/** Tiles kept on the page: those of the zoom before stay below until the new ones are there. */
const KEPT = 200;
const CLICK_PIXELS = 5;

/**
 * A map of image tiles in an element: pan and zoom by pointer, wheel, pinch and keys.
 * `onMove()` is called after each change of view, `onPick(lonLat)` for a click, or Enter in the middle.
 */
export function createMap(element, { onMove, onPick }) {
  const view = { x: 0.5, y: 0.5, zoom: 0 };
  const tiles = new Map();
  const pointers = new Map();
  let source = null;
  let pin = null;
  let press = null;
  let frame = 0;

  const size = () => ({ width: element.clientWidth, height: element.clientHeight });
  const perSquare = () => TILE * 2 ** view.zoom;
  const limits = () => ({ least: Math.max(0, (source?.minzoom ?? 0) - 3), most: (source?.maxzoom ?? 20) + CLOSER });

  function schedule() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
      onMove();
    });
  }

  function onScreen({ x, y }) {
    const { width, height } = size();
    return { x: (x - view.x) * perSquare() + width / 2, y: (y - view.y) * perSquare() + height / 2 };
  }

  function place(node, { x, y }) {
    node.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** Edges on whole pixels: the seam between two tiles would show what lies below otherwise. */
  function placeTile({ image, zoom, col, row }) {
    const count = 2 ** zoom;
    const from = onScreen({ x: col / count, y: row / count });
    const to = onScreen({ x: (col + 1) / count, y: (row + 1) / count });
    const [left, top] = [Math.round(from.x), Math.round(from.y)];
    image.width = Math.round(to.x) - left;
    image.height = Math.round(to.y) - top;
    place(image, { x: left, y: top });
    image.classList.toggle('is-sharp', image.width > 1.5 * TILE);
  }

  function draw() {
    if (source === null) return;
    const zoom = Math.max(source.minzoom, Math.min(source.maxzoom, Math.round(view.zoom)));
    const count = 2 ** zoom;
    const { width, height } = size();
    const [halfX, halfY] = [width / 2 / perSquare(), height / 2 / perSquare()];
    const wanted = new Set();
    const [first, last] = [Math.floor((view.x - halfX) * count), Math.floor((view.x + halfX) * count)];
    const top = Math.max(source.rows(zoom).first, Math.floor((view.y - halfY) * count));
    const bottom = Math.min(source.rows(zoom).last, Math.floor((view.y + halfY) * count));
    for (let row = top; row <= bottom; row += 1) {
      for (let col = first; col <= last; col += 1) {
        // Columns repeat themselves around the Earth.
        const x = ((col % count) + count) % count;
        if (!source.hasColumn(zoom, x)) continue;
        const key = `${source.id} ${zoom}/${col}/${row}`;
        wanted.add(key);
        if (!tiles.has(key)) tiles.set(key, addTile({ zoom, col, row, x }));
      }
    }
    const isComplete = [...wanted].every((key) => tiles.get(key).isLoaded);
    for (const [key, tile] of tiles) {
      const isOld = !wanted.has(key) && (isComplete || tiles.size > KEPT);
      if (isOld) {
        tile.image.remove();
        tiles.delete(key);
        continue;
      }
      placeTile(tile);
    }
    if (pin !== null) place(pin.node, onScreen(pin.square));
  }

  function addTile({ zoom, col, row, x }) {
    const image = new Image(TILE, TILE);
    const tile = { image, zoom, col, row, isLoaded: false };
    // A tile with nothing in it (204) is no picture to a browser, and is done all the same.
    const done = () => {
      tile.isLoaded = true;
      schedule();
    };
    image.alt = '';
    image.draggable = false;
    image.addEventListener('load', done);
    image.addEventListener('error', () => {
      image.remove();
      done();
    });
    image.src = source.url(zoom, x, row);
    element.append(image);
    return tile;
  }

  function moveTo(square, zoom = view.zoom) {
    const { least, most } = limits();
    view.zoom = Math.max(least, Math.min(most, zoom));
    view.x = square.x - Math.floor(square.x);
    view.y = Math.max(0, Math.min(1, square.y));
    schedule();
  }

  /** The point of the square below a place in the element. */
  function below(x, y) {
    const { width, height } = size();
    return { x: view.x + (x - width / 2) / perSquare(), y: view.y + (y - height / 2) / perSquare() };
  }

  /** Zooms so that what is below a place in the element stays there. */
  function zoomAt(x, y, zoom) {
    const fixed = below(x, y);
    const { least, most } = limits();
    const factor = 2 ** (view.zoom - Math.max(least, Math.min(most, zoom)));
    moveTo({ x: fixed.x + (view.x - fixed.x) * factor, y: fixed.y + (view.y - fixed.y) * factor }, zoom);
  }

  const placeOf = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const middleOf = (places) => ({
    x: places.reduce((sum, { x }) => sum + x, 0) / places.length,
    y: places.reduce((sum, { y }) => sum + y, 0) / places.length,
    spread: places.length < 2 ? 0 : Math.hypot(places[0].x - places[1].x, places[0].y - places[1].y),
  });

  element.addEventListener('pointerdown', (event) => {
    if (event.target.closest?.('output')) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, placeOf(event));
    press = pointers.size === 1 ? placeOf(event) : null;
    element.classList.add('is-moving');
  });
  element.addEventListener('pointermove', (event) => {
    if (!pointers.has(event.pointerId)) return;
    const before = middleOf([...pointers.values()]);
    pointers.set(event.pointerId, placeOf(event));
    const after = middleOf([...pointers.values()]);
    if (press !== null && Math.hypot(after.x - press.x, after.y - press.y) > CLICK_PIXELS) press = null;
    if (press !== null) return;
    moveTo({ x: view.x - (after.x - before.x) / perSquare(), y: view.y - (after.y - before.y) / perSquare() });
    if (before.spread > 0 && after.spread > 0) {
      zoomAt(after.x, after.y, view.zoom + Math.log2(after.spread / before.spread));
    }
  });
  const release = (event) => {
    pointers.delete(event.pointerId);
    if (pointers.size > 0) return;
    element.classList.remove('is-moving');
    if (press !== null && event.type === 'pointerup') onPick(toLonLat(below(press.x, press.y)));
    press = null;
  };
  element.addEventListener('pointerup', release);
  element.addEventListener('pointercancel', release);
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { x, y } = placeOf(event);
      // Lines of a mouse wheel and pixels of a touchpad come in different numbers.
      const amount = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
      zoomAt(x, y, view.zoom - Math.max(-1, Math.min(1, amount / 300)));
    },
    { passive: false },
  );
  element.addEventListener('dblclick', (event) => {
    const { x, y } = placeOf(event);
    zoomAt(x, y, Math.round(view.zoom) + 1);
  });
  element.addEventListener('keydown', (event) => {
    const step = 100 / perSquare();
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in moves) moveTo({ x: view.x + moves[event.key][0], y: view.y + moves[event.key][1] });
    else if (event.key === '+' || event.key === '=') map.zoomBy(1);
    else if (event.key === '-') map.zoomBy(-1);
    else if (event.key === '0') map.fit();
    else if (event.key === 'Enter') onPick(toLonLat(view));
    else if (event.key === 'Escape') map.unpin();
    else return;
    event.preventDefault();
  });
  new ResizeObserver(schedule).observe(element);

  const map = {
    /** Shows other tiles; the former ones stay below until those are there. */
    setSource(next) {
      source = next;
      schedule();
    },
    /** Longitude, latitude and zoom of the middle. */
    view: () => ({ ...toLonLat(view), zoom: view.zoom }),
    show({ lon, lat, zoom }) {
      moveTo(toSquare(lon, lat), zoom);
    },
    fit() {
      const [west, south, east, north] = source.bounds;
      const [a, b] = [toSquare(west, north), toSquare(east, south)];
      const { width, height } = size();
      const zoom = Math.log2(Math.min(width / (b.x - a.x), height / (b.y - a.y)) / TILE) - 0.1;
      moveTo({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, zoom);
    },
    zoomBy(levels) {
      const { width, height } = size();
      zoomAt(width / 2, height / 2, Math.round(view.zoom) + levels);
    },
    /** Marks a place and says something there. */
    pin({ lon, lat }, text) {
      map.unpin();
      const node = document.createElement('div');
      node.className = 'pin';
      const output = document.createElement('output');
      output.textContent = text;
      node.append(output);
      element.append(node);
      pin = { node, square: toSquare(lon, lat) };
      schedule();
    },
    unpin() {
      pin?.node.remove();
      pin = null;
    },
  };
  return map;
}
