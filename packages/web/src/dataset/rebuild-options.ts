import type { VrtOptions } from '@inlay/contract';
import { isApiError } from '@inlay/sdk';
import { OPTION_NAMES, type OptionName, type OptionTexts, textOfNumbers } from '../build/option-texts.ts';

/** Options as a person types them: what `readOptions` reads as these again. Those that are left out are not there. */
export function textsOfOptions(options: VrtOptions): OptionTexts {
  const texts: Partial<Record<OptionName, string>> = {};
  for (const [name, value] of Object.entries(options)) {
    const known = OPTION_NAMES.find((one) => one === name);
    if (known !== undefined && value !== undefined && value !== false) texts[known] = textOf(value);
  }
  return texts;
}

function textOf(value: NonNullable<VrtOptions[keyof VrtOptions]>): string {
  if (typeof value === 'number') return textOfNumbers([value]);
  if (!Array.isArray(value)) return String(value);
  return value.map((one) => (typeof one === 'number' ? textOfNumbers([one]) : one)).join(', ');
}

/** What the server has against options, by their names; empty for any other error. */
export function optionErrors(error: unknown): Readonly<Partial<Record<OptionName, string>>> {
  const errors: Partial<Record<OptionName, string>> = {};
  if (!isApiError(error)) return errors;
  for (const { loc, msg } of error.items) {
    const name = OPTION_NAMES.find((one) => loc[0] === 'body' && loc[1] === 'options' && loc[2] === one);
    if (name !== undefined) errors[name] ??= msg;
  }
  return errors;
}
