import type { Dataset, Legend } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { LinkQuery } from '../api.ts';
import { Field, Input, Select } from '../ui/field.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { shownBands } from './band-choice.tsx';
import { datasetQueries } from './dataset-queries.ts';
import { type BandCounts, Histogram } from './histogram.tsx';
import { formatRange, type Picture, rangeOf } from './picture.ts';

export interface StretchProps {
  readonly dataset: Dataset;
  readonly picture: Picture;
  /** The right of a link that opens it. */
  readonly link: LinkQuery;
  readonly legend: Legend | undefined;
  readonly onChange: (changes: Picture) => void;
}

const STRETCHES = [
  { value: '', label: 'As the server does' },
  { value: 'minmax', label: 'Least to most' },
  { value: 'p2,p98', label: '2nd to 98th percentile' },
  { value: 'p5,p95', label: '5th to 95th percentile' },
  { value: 'stddev,2', label: '2 standard deviations' },
] as const;
const OWN = 'own';

/** Which values become black and white. */
export function Stretch({ dataset, picture, link, legend, onChange }: StretchProps): ReactNode {
  const { rescale, expression, algorithm } = picture;
  const own = rangeOf(rescale);
  const isStretch = legend === undefined || legend.kind === 'ramp' || legend.kind === 'rgb';
  const bands = shownBands(picture, legend);
  const isOfBands = expression === undefined && algorithm === undefined;
  const { data, isPending } = useQuery({
    ...datasetQueries.histogram(dataset.id, bands, link),
    enabled: isOfBands && isStretch && legend !== undefined && dataset.raster !== null,
  });
  if (!isStretch || (algorithm !== undefined && algorithm !== 'slope')) return null;

  const channels = legend?.channels ?? [];
  const ends = channels.flatMap(({ minimum, maximum }) =>
    minimum === null || maximum === null ? [] : [[minimum, maximum] as const],
  );
  const range: readonly [number, number] = own ?? [
    Math.min(...ends.map(([low]) => low), Infinity),
    Math.max(...ends.map(([, high]) => high), -Infinity),
  ];
  const isKnown = range.every(Number.isFinite);
  const counts: readonly BandCounts[] = (data?.bands ?? []).flatMap(({ index, name, histogram }, position) =>
    histogram === null
      ? []
      : [
          {
            name: name ?? `Band ${index}`,
            ...histogram,
            className: bands.length === 3 ? (RGB[position] ?? 'text-soft') : 'text-soft',
          },
        ],
  );
  const set = (low: number, high: number): void => {
    if (low < high) onChange({ rescale: formatRange(low, high, Math.max(high - low, 1e-9)) });
  };
  const known = STRETCHES.some(({ value }) => value === (rescale ?? ''));
  return (
    <section aria-label="Stretch" className="flex flex-col gap-2">
      <Field label="Black to white">
        <Select
          value={known ? (rescale ?? '') : OWN}
          options={known ? STRETCHES : [...STRETCHES, { value: OWN, label: 'Chosen by hand' }]}
          onValueChange={(value) => value !== OWN && onChange({ rescale: value === '' ? undefined : value })}
        />
      </Field>
      {isOfBands &&
        (isPending || !isKnown ? (
          <Skeleton className="h-29 w-full" />
        ) : (
          <Histogram bands={counts} range={range} onRange={([low, high]) => set(low, high)} />
        ))}
      <div className="grid grid-cols-2 gap-3">
        {(['Black', 'White'] as const).map((label, end) => (
          <Field key={label} label={label}>
            <Input
              key={isKnown ? range[end] : label}
              type="number"
              step="any"
              className="h-8! text-right"
              defaultValue={isKnown ? Number((range[end] ?? 0).toPrecision(6)) : undefined}
              onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
              onBlur={({ target }) => {
                const value = target.valueAsNumber;
                if (!isKnown || !Number.isFinite(value) || value === Number((range[end] ?? 0).toPrecision(6))) return;
                if (end === 0) set(value, range[1]);
                else set(range[0], value);
              }}
            />
          </Field>
        ))}
      </div>
    </section>
  );
}

/** Lines of the three channels. Each is named beside it: the colour only helps. */
const RGB = ['text-danger', 'text-good', 'text-accent'] as const;
