/** Fills an element with a legend as the server describes it. */
export function showLegend(element, legend) {
  element.replaceChildren(...partsOf(legend));
  element.hidden = element.childElementCount === 0;
}

function partsOf({ kind, unit, channels, stops, classes }) {
  if (kind === 'ramp') {
    const bar = node('div', 'ramp');
    bar.style.background = `linear-gradient(to right, ${stops.map(({ color }) => color).join(', ')})`;
    bar.role = 'img';
    bar.ariaLabel = `Colours from ${short(stops[0].value)} to ${short(stops.at(-1).value)}`;
    const ends = node('div', 'ends');
    ends.append(
      node('span', '', short(stops[0].value)),
      node('span', '', [channels[0].name, unit].filter(Boolean).join(', ')),
      node('span', '', short(stops.at(-1).value)),
    );
    return [bar, ends];
  }
  if (kind === 'classes' && classes.length > 0) {
    const list = node('ul', 'classes');
    for (const { from, to, label, color } of classes) {
      const item = node('li', '');
      const swatch = node('span', 'swatch');
      swatch.style.background = color;
      item.append(swatch, label ?? (to === null ? short(from) : `${short(from)} to ${short(to)}`));
      list.append(item);
    }
    return [list];
  }
  if (kind === 'rgb') {
    return channels.map(({ name, minimum, maximum }, i) =>
      node('div', 'ends', `${['Red', 'Green', 'Blue'][i]}: ${name}, ${short(minimum)} to ${short(maximum)}`),
    );
  }
  return [];
}

function node(tag, className, text = '') {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** A number with as many digits as one reads. */
export function short(value) {
  if (typeof value !== 'number') return String(value);
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(3)
    : String(Number(value.toPrecision(6)));
}
