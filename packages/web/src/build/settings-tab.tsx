import { RESAMPLINGS, VISIBILITIES, type Visibility } from '@inlay/contract';
import { ChevronRight, Square } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Checkbox, Field, Input, Select, Textarea } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import type { Draft, DraftChange } from './draft.ts';
import type { OptionName } from './option-texts.ts';

export interface SettingsTabProps {
  readonly draft: Draft;
  /** What is wrong with options, by their names. */
  readonly errors: Readonly<Partial<Record<OptionName, string>>>;
  /** The option to go to; changes of `at` go there again. */
  readonly goTo: { readonly option: OptionName; readonly at: number } | null;
  /** CRS that a box on the map can be turned into; null where it is not known. */
  readonly crs: string | null;
  readonly isDrawing: boolean;
  readonly onDraw: () => void;
  readonly onChange: (change: DraftChange) => void;
}

const TYPES = [
  { value: 'mosaic', label: 'Mosaic' },
  { value: 'band_stack', label: 'Band stack' },
] as const;
const TYPE_HINTS = {
  mosaic: 'Sources side by side, in one picture: tiles of a map, scenes of a day.',
  band_stack: 'One band of each source, above each other: the bands of one scene.',
} as const;

const STRATEGIES = [
  { value: 'finest', label: 'Finest' },
  { value: 'coarsest', label: 'Coarsest' },
  { value: 'average', label: 'Average' },
] as const;

const VISIBILITY_LABELS: Readonly<Record<Visibility, string>> = {
  private: 'Private: you and administrators',
  restricted: 'Restricted: those you share it with',
  internal: 'Internal: everyone who is signed in',
  public: 'Public: everyone',
};

const RESAMPLING_LABELS: Readonly<Record<string, string>> = { cubicspline: 'Cubic spline', rms: 'Root mean square' };

/** How the sources become one raster, and who may see it. */
export function SettingsTab({ draft, errors, goTo, crs, isDrawing, onDraw, onChange }: SettingsTabProps): ReactNode {
  const [isOpen, setOpen] = useState(Object.keys(draft.options).some((name) => name !== 'source_order'));
  const form = useRef<HTMLDivElement>(null);
  const [known, setKnown] = useState(goTo);
  if (known !== goTo) {
    setKnown(goTo);
    setOpen(true);
  }
  useEffect(() => {
    if (goTo === null) return;
    const control = form.current?.querySelector<HTMLElement>(`[name="${goTo.option}"]`);
    control?.scrollIntoView({ block: 'center' });
    control?.focus({ preventScroll: true });
  }, [goTo]);

  const set = (name: OptionName, text: string): void => onChange({ kind: 'options', options: { [name]: text } });
  const text = (name: OptionName, label: string, hint: string, placeholder: string): ReactNode => (
    <Field label={label} hint={hint} error={errors[name]}>
      <Input
        name={name}
        value={draft.options[name] ?? ''}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => set(name, event.target.value)}
      />
    </Field>
  );
  const choice = (
    name: OptionName,
    label: string,
    hint: string,
    options: readonly { readonly value: string; readonly label: string }[],
  ): ReactNode => (
    <Field label={label} hint={hint} error={errors[name]}>
      <Select
        name={name}
        value={draft.options[name] ?? ''}
        options={options}
        onValueChange={(value) => set(name, value)}
      />
    </Field>
  );
  const isMosaic = draft.vrtType === 'mosaic';

  return (
    <div ref={form} className="flex flex-col gap-5 p-4">
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium" aria-hidden="true">
          What to build
        </span>
        <Segmented
          label="What to build"
          value={draft.vrtType}
          options={TYPES}
          onValueChange={(vrtType) => onChange({ kind: 'set', fields: { vrtType } })}
        />
        <p className="text-xs text-soft">{TYPE_HINTS[draft.vrtType]}</p>
      </div>
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium" aria-hidden="true">
          Pixel size
        </span>
        <Segmented
          label="Pixel size"
          value={draft.strategy}
          options={STRATEGIES}
          onValueChange={(strategy) => onChange({ kind: 'set', fields: { strategy } })}
        />
        <p className="text-xs text-soft">
          That of the sources where they differ; coarser ones are enlarged, finer ones reduced.
        </p>
      </div>
      <Field label="Who may see it">
        <Select
          value={draft.visibility}
          options={VISIBILITIES.map((value) => ({ value, label: VISIBILITY_LABELS[value] }))}
          onValueChange={(visibility) => onChange({ kind: 'set', fields: { visibility } })}
        />
      </Field>
      <Field label="Summary" hint="What it shows, for whoever finds it. Optional.">
        <Textarea
          rows={2}
          maxLength={5000}
          value={draft.summary}
          onChange={(event) => onChange({ kind: 'set', fields: { summary: event.target.value } })}
        />
      </Field>
      <details
        open={isOpen}
        className="group border-t border-line pt-3"
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary className="flex h-9 list-none items-center gap-1.5 rounded-md text-sm font-medium [&::-webkit-details-marker]:hidden">
          <ChevronRight size={16} aria-hidden="true" className="transition-transform group-open:rotate-90" />
          Advanced options
          <span className="ml-auto text-xs font-normal text-soft">{countOf(draft)}</span>
        </summary>
        <div className="flex flex-col gap-4 pt-2">
          {text(
            'crs',
            'CRS',
            'Sources in another one are reprojected on the fly. Left out: theirs, which must agree.',
            'EPSG:3857',
          )}
          {text(
            'resolution',
            'Resolution',
            'Size of a pixel in units of the CRS, one number or x, y; instead of the choice above.',
            '10',
          )}
          <div className="flex flex-col gap-1.5">
            {text(
              'bounds',
              'Bounds',
              'min x, min y, max x, max y in the CRS. Sources are cut there. Left out: all of them.',
              '0, 0, 1000, 1000',
            )}
            <Button
              size="sm"
              icon={Square}
              className="self-start"
              aria-pressed={isDrawing}
              disabled={crs === null}
              onClick={onDraw}
            >
              {isDrawing
                ? 'Now drag on the map'
                : crs === null
                  ? 'Drawn on the map once the CRS is known'
                  : 'Draw on the map'}
            </Button>
          </div>
          <Checkbox
            name="align"
            label="Align the edges to whole multiples of the pixel size"
            checked={draft.options.align === 'true'}
            onCheckedChange={(checked) => set('align', checked ? 'true' : '')}
          />
          <Checkbox
            name="snap"
            label="Snap sources to whole pixels, moving them by up to half of one"
            checked={draft.options.snap === 'true'}
            onCheckedChange={(checked) => set('snap', checked ? 'true' : '')}
          />
          {errors.snap !== undefined && <p className="text-xs text-danger">{errors.snap}</p>}
          {choice('size_rounding', 'Last pixel', 'What becomes of a fraction of a pixel at the right and lower edge.', [
            { value: '', label: 'Cut it off or round it up' },
            { value: 'contain', label: 'One pixel more' },
          ])}
          {choice('resampling', 'Resampling', 'How pixels between the sources’ are computed.', [
            { value: '', label: 'As readers ask for (nearest)' },
            ...RESAMPLINGS.map((value) => ({
              value,
              label: RESAMPLING_LABELS[value] ?? `${value[0]?.toUpperCase()}${value.slice(1)}`,
            })),
          ])}
          {text(
            'bands',
            'Bands',
            'Of each source, in this order: numbers from 1, or names. Left out: all of them.',
            '3, 2, 1',
          )}
          {choice(
            'dtype',
            'Data type',
            'Of the output, where sources have several. Left out: theirs, which must agree.',
            [
              { value: '', label: 'The sources’' },
              { value: 'promote', label: 'Promote: one that all values fit into' },
              ...['Byte', 'UInt16', 'Int16', 'UInt32', 'Int32', 'Float32', 'Float64'].map((value) => ({
                value,
                label: value,
              })),
            ],
          )}
          {text(
            'nodata',
            'Nodata',
            'The value of pixels without data: a number, nan or none. Left out: the first source’s.',
            '0',
          )}
          {choice(
            'overviews',
            'Overviews',
            'Coarse levels of the whole output, so that it is quick to see from afar.',
            [
              { value: '', label: 'Rendered where that gains something' },
              { value: 'none', label: 'None' },
            ],
          )}
          {isMosaic &&
            choice(
              'pixel_function',
              'Where sources overlap',
              'Which value a pixel has. Those of all values need a nodata value and a recent GDAL.',
              [
                { value: '', label: 'That of the source on top' },
                { value: 'first', label: 'That of the lowest source' },
                { value: 'min', label: 'The least of all' },
                { value: 'max', label: 'The greatest of all' },
                { value: 'mean', label: 'The mean of all' },
                { value: 'median', label: 'The median of all' },
              ],
            )}
        </div>
      </details>
    </div>
  );
}

function countOf({ options }: Draft): string {
  const count = Object.keys(options).filter((name) => name !== 'source_order').length;
  return count === 0 ? 'as the sources are' : `${count} set`;
}
