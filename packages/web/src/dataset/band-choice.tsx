import type { Band, Legend } from '@inlay/contract';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Field, Input, Select } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { bandsOf, type Picture } from './picture.ts';

export interface BandChoiceProps {
  readonly bands: readonly Band[];
  readonly picture: Picture;
  /** What is shown now; undefined while that is not known. */
  readonly legend: Legend | undefined;
  readonly onChange: (changes: Picture) => void;
}

const CHANNELS = ['Red', 'Green', 'Blue'] as const;

/** Which bands are shown: one, three as red, green and blue, or what is computed of them. */
export function BandChoice({ bands, picture, legend, onChange }: BandChoiceProps): ReactNode {
  const [isTyping, setTyping] = useState(picture.expression !== undefined);
  const shown = shownBands(picture, legend);
  const mode = isTyping ? 'expression' : shown.length >= 3 ? 'rgb' : 'one';
  const options = bands.map(({ index, name, color_interp: color }) => ({
    value: String(index),
    label: `${index} ${name ?? color}`,
  }));
  const choose = (next: string): void => {
    setTyping(next === 'expression');
    // Other bands have other values: a stretch of the former says nothing of them.
    const fresh = { expression: undefined, rescale: undefined } as const;
    if (next === 'one') onChange({ ...fresh, bidx: String(shown[0] ?? 1) });
    if (next === 'rgb') {
      const three = [1, 2, 3].map((band) => Math.min(band, bands.length)).join(',');
      onChange({ ...fresh, bidx: three, colormap_name: undefined, algorithm: undefined });
    }
  };
  const setBand = (channel: number, band: string): void =>
    onChange({ bidx: shown.with(channel, Number(band)).join(','), rescale: undefined });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get('expression');
    if (typeof text !== 'string' || text.trim() === '') return;
    onChange({ expression: text.trim(), bidx: undefined, rescale: undefined, algorithm: undefined });
  };
  return (
    <section aria-label="Bands" className="flex flex-col gap-3">
      <Segmented
        label="What is shown"
        value={mode}
        onValueChange={choose}
        options={[
          { value: 'one', label: 'One band' },
          ...(bands.length >= 2 ? [{ value: 'rgb', label: 'Red, green, blue' }] : []),
          { value: 'expression', label: 'Computed' },
        ]}
      />
      {mode === 'one' && (
        <Field label="Band">
          <Select
            value={String(shown[0] ?? 1)}
            options={options}
            onValueChange={(band) => onChange({ bidx: band, rescale: undefined })}
          />
        </Field>
      )}
      {mode === 'rgb' && (
        <div className="grid grid-cols-3 gap-2">
          {CHANNELS.map((channel, index) => (
            <Field key={channel} label={channel}>
              <Select
                value={String(shown[index] ?? 1)}
                options={options}
                onValueChange={(band) => setBand(index, band)}
              />
            </Field>
          ))}
        </div>
      )}
      {mode === 'expression' && (
        <form onSubmit={submit} className="flex items-end gap-2">
          <Field
            label="Computed of bands"
            hint="b1 is band 1. Three results, with ; between, are red, green and blue."
            className="min-w-0 flex-1"
          >
            <Input
              key={picture.expression}
              name="expression"
              maxLength={2000}
              className="font-mono text-sm"
              defaultValue={picture.expression}
              placeholder={bands.length > 1 ? '(b2-b1)/(b2+b1)' : 'b1*0.1'}
            />
          </Field>
          <Button type="submit" className="mb-9">
            Show
          </Button>
        </form>
      )}
    </section>
  );
}

/** The bands that are shown, from 1: those asked for, else those that the server says it has chosen. */
export function shownBands({ bidx }: Picture, legend: Legend | undefined): readonly number[] {
  const asked = bandsOf(bidx);
  if (asked.length > 0) return asked;
  const chosen = (legend?.channels ?? []).map(({ name }) => Number(/^b(\d+)$/.exec(name)?.[1] ?? NaN));
  return chosen.length > 0 && chosen.every(Number.isInteger) ? chosen : [1];
}
