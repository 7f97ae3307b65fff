import {
  RESAMPLINGS,
  type ResolutionStrategy,
  type VrtOptions,
  type VrtRegenerate,
  type VrtType,
} from '@inlay/contract';
import { type ReactNode, useState } from 'react';
import { type OptionName, type OptionTexts, readOptions } from '../build/option-texts.ts';
import { describeError } from '../describe-error.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { Checkbox, Field, Input, Select, type SelectOption } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Note } from '../ui/states.tsx';
import { CircleAlert } from 'lucide-react';
import { optionErrors, textsOfOptions } from './rebuild-options.ts';

export interface RebuildDialogProps {
  readonly vrtType: VrtType;
  /** As it was built. */
  readonly strategy: ResolutionStrategy;
  readonly options: VrtOptions;
  /** Why the last attempt was refused; null where it was not. */
  readonly error: Error | null;
  readonly isBusy: boolean;
  readonly onBuild: (body: VrtRegenerate) => void;
  readonly onClose: () => void;
}

/** The next build of the same sources, with other options than the last one. */
export function RebuildDialog(props: RebuildDialogProps): ReactNode {
  const { vrtType, error, isBusy, onBuild, onClose } = props;
  const [strategy, setStrategy] = useState(props.strategy);
  const [texts, setTexts] = useState<OptionTexts>(() => textsOfOptions(props.options));
  const [typos, setTypos] = useState<ReturnType<typeof optionErrors>>({});
  const errors = { ...optionErrors(error), ...typos };
  const set = (name: OptionName, text: string): void => setTexts({ ...texts, [name]: text });
  const submit = (): void => {
    const read = readOptions(texts);
    setTypos(read.errors);
    if (Object.keys(read.errors).length > 0) return;
    onBuild({ resolution_strategy: strategy, options: read.options });
  };
  const field = ({ name, label, hint, placeholder, options }: OptionField): ReactNode => (
    <Field key={name} label={label} hint={hint} error={errors[name]}>
      {options === undefined ? (
        <Input
          value={texts[name] ?? ''}
          placeholder={placeholder}
          spellCheck={false}
          autoComplete="off"
          onChange={({ target }) => set(name, target.value)}
        />
      ) : (
        <Select value={texts[name] ?? ''} options={options} onValueChange={(value) => set(name, value)} />
      )}
    </Field>
  );
  return (
    <FormDialog
      title="Build with other options"
      submitLabel="Build anew"
      cancelLabel="Leave as it was"
      width="lg"
      isBusy={isBusy}
      onClose={onClose}
      onSubmit={submit}
    >
      <p className="text-soft">Of the same sources. What is served stays until the new build is ready.</p>
      {error !== null && Object.keys(optionErrors(error)).length === 0 && (
        <Note tone="danger" icon={CircleAlert}>
          {describeError(error).detail}
        </Note>
      )}
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium" aria-hidden="true">
          Pixel size
        </span>
        <Segmented label="Pixel size" value={strategy} options={STRATEGIES} onValueChange={setStrategy} />
        <p className="text-xs text-soft">That of the sources where they differ.</p>
      </div>
      <div className="grid gap-x-5 gap-y-4 md:grid-cols-2">
        {[...FIELDS, ...(vrtType === 'mosaic' ? MOSAIC_FIELDS : [])].map(field)}
      </div>
      <div className="flex flex-col">
        {SWITCHES.map(({ name, label }) => (
          <Checkbox
            key={name}
            label={label}
            checked={texts[name] === 'true'}
            onCheckedChange={(checked) => set(name, checked ? 'true' : '')}
          />
        ))}
        {errors.snap !== undefined && <p className="text-xs text-danger">{errors.snap}</p>}
      </div>
    </FormDialog>
  );
}

interface OptionField {
  readonly name: OptionName;
  readonly label: string;
  readonly hint: string;
  readonly placeholder?: string;
  /** Left out: it is typed. */
  readonly options?: readonly SelectOption<string>[];
}

const STRATEGIES = [
  { value: 'finest', label: 'Finest' },
  { value: 'coarsest', label: 'Coarsest' },
  { value: 'average', label: 'Average' },
] as const;

const FIELDS: readonly OptionField[] = [
  { name: 'crs', label: 'CRS', hint: 'Left out: that of the sources.', placeholder: 'EPSG:3857' },
  {
    name: 'resolution',
    label: 'Resolution',
    hint: 'In units of the CRS, instead of the choice above.',
    placeholder: '10',
  },
  {
    name: 'bounds',
    label: 'Bounds',
    hint: 'In the CRS. Left out: all of the sources.',
    placeholder: 'min x, min y, max x, max y',
  },
  { name: 'bands', label: 'Bands', hint: 'Of each source, in this order. Left out: all.', placeholder: '3, 2, 1' },
  {
    name: 'resampling',
    label: 'Resampling',
    hint: 'How pixels between the sources’ are computed.',
    options: [
      { value: '', label: 'As readers ask for (nearest)' },
      ...RESAMPLINGS.map((value) => ({ value, label: value.charAt(0).toUpperCase() + value.slice(1) })),
    ],
  },
  {
    name: 'dtype',
    label: 'Data type',
    hint: 'Left out: that of the sources.',
    options: [
      { value: '', label: 'The sources’' },
      { value: 'promote', label: 'One that all values fit into' },
      ...['Byte', 'UInt16', 'Int16', 'UInt32', 'Int32', 'Float32', 'Float64'].map((value) => ({ value, label: value })),
    ],
  },
  { name: 'nodata', label: 'Nodata', hint: 'A number, nan or none. Left out: the first source’s.', placeholder: '0' },
  {
    name: 'overviews',
    label: 'Overviews',
    hint: 'Coarse levels of the whole, quick to see from afar.',
    options: [
      { value: '', label: 'Where that gains something' },
      { value: 'none', label: 'None' },
    ],
  },
  {
    name: 'size_rounding',
    label: 'Last pixel',
    hint: 'A fraction of one at the right and lower edge.',
    options: [
      { value: '', label: 'Cut off or rounded up' },
      { value: 'contain', label: 'One pixel more' },
    ],
  },
];
const MOSAIC_FIELDS: readonly OptionField[] = [
  {
    name: 'source_order',
    label: 'On top',
    hint: 'Where several sources overlap.',
    options: [
      { value: '', label: 'As arranged by hand' },
      { value: 'datetime', label: 'The newest' },
      { value: 'resolution', label: 'The finest' },
      { value: 'cloud_cover', label: 'The least cloudy' },
    ],
  },
  {
    name: 'pixel_function',
    label: 'Where sources overlap',
    hint: 'Of all values: needs a nodata value.',
    options: [
      { value: '', label: 'The value of the one on top' },
      { value: 'first', label: 'That of the lowest' },
      { value: 'min', label: 'The least of all' },
      { value: 'max', label: 'The greatest of all' },
      { value: 'mean', label: 'The mean of all' },
      { value: 'median', label: 'The median of all' },
    ],
  },
];
const SWITCHES = [
  { name: 'align', label: 'Align the edges to whole multiples of the pixel size' },
  { name: 'snap', label: 'Snap sources to whole pixels, moving them by up to half of one' },
] as const;
