// The form: what it says becomes parameters of rendering, and the other way round.

const RAMPS = [
  ['', 'gray'],
  ['viridis', 'viridis'],
  ['cividis', 'cividis'],
  ['magma', 'magma'],
  ['inferno', 'inferno'],
  ['plasma', 'plasma'],
  ['turbo', 'turbo'],
  ['terrain', 'terrain'],
  ['gist_earth', 'earth'],
  ['ylgn', 'yellow to green'],
  ['rdylgn', 'red, yellow, green'],
  ['rdbu_r', 'blue to red'],
  ['spectral_r', 'spectral'],
  ['greys_r', 'greys'],
];

const field = (id) => document.getElementById(id);

/** Sets the form up for a dataset's bands; `onChange(params)` gets what it says whenever that changes. */
export function createControls(form, bands, initial, onChange) {
  for (const id of ['band', 'red', 'green', 'blue']) {
    for (const { index, name, color_interp: color } of bands) {
      field(id).append(new Option(`${index} ${name ?? color}`, String(index)));
    }
  }
  for (const [value, label] of RAMPS) field('ramp').append(new Option(label, value));
  const at = (position) => String(Math.min(position, bands.length));
  [field('red').value, field('green').value, field('blue').value] = [at(1), at(2), at(3)];
  read(initial);
  adapt();

  let timer = 0;
  form.addEventListener('input', () => {
    adapt();
    clearTimeout(timer);
    timer = setTimeout(() => onChange(params()), 250);
  });
  form.addEventListener('submit', (event) => event.preventDefault());

  /** Shows the fields that the others make sense of. */
  function adapt() {
    const mode = field('mode').value;
    for (const kind of ['one', 'rgb', 'expression']) {
      for (const node of form.querySelectorAll(`.for-${kind}`)) node.hidden = mode !== kind;
    }
    form.querySelector('.range').hidden = field('stretch').value !== 'range';
    const isSingle = mode === 'one' || mode === 'expression' || bands.length < 3;
    field('ramp').disabled = !isSingle;
    field('algorithm').disabled = !isSingle || mode === 'expression';
  }

  function params() {
    const all = {};
    const mode = field('mode').value;
    if (mode === 'one') all.bidx = field('band').value;
    if (mode === 'rgb') all.bidx = ['red', 'green', 'blue'].map((id) => field(id).value).join(',');
    if (mode === 'expression' && field('expression').value.trim() !== '') all.expression = field('expression').value;
    const stretch = field('stretch').value;
    const [low, high] = [field('low').value.trim(), field('high').value.trim()];
    if (stretch === 'range' && low !== '' && high !== '') all.rescale = `${low},${high}`;
    else if (stretch !== '' && stretch !== 'range') all.rescale = stretch;
    if (!field('ramp').disabled && field('ramp').value !== '') all.colormap_name = field('ramp').value;
    if (!field('algorithm').disabled && field('algorithm').value !== '') all.algorithm = field('algorithm').value;
    if (field('resampling').value !== '') all.resampling = field('resampling').value;
    return all;
  }

  function read(values) {
    const shown = values.bidx?.split(',') ?? [];
    if (shown.length === 1) [field('mode').value, field('band').value] = ['one', shown[0]];
    if (shown.length === 3) {
      field('mode').value = 'rgb';
      [field('red').value, field('green').value, field('blue').value] = shown;
    }
    if (values.expression !== undefined)
      [field('mode').value, field('expression').value] = ['expression', values.expression];
    if (values.rescale !== undefined) {
      field('stretch').value = values.rescale;
      if (field('stretch').selectedIndex === -1) {
        field('stretch').value = 'range';
        [field('low').value, field('high').value] = values.rescale.split(',');
      }
    }
    field('ramp').value = values.colormap_name ?? '';
    field('algorithm').value = values.algorithm ?? '';
    field('resampling').value = values.resampling ?? '';
  }

  return { params };
}
