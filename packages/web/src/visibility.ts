import type { Visibility } from '@inlay/contract';
import type { SelectOption } from './ui/field.tsx';

const LABELS: Readonly<Record<Visibility, string>> = {
  private: 'Private',
  restricted: 'Restricted',
  internal: 'Internal',
  public: 'Public',
};

/** Who sees a dataset, in a sentence. */
export const VISIBILITY_TEXTS: Readonly<Record<Visibility, string>> = {
  private: 'Only you and administrators.',
  restricted: 'You, administrators, and whom it is shared with.',
  internal: 'Everyone who is signed in.',
  public: 'Everyone, without signing in.',
};

export function visibilityLabel(visibility: Visibility): string {
  return LABELS[visibility];
}

/** For a Select. */
export function visibilityOptions(visibilities: readonly Visibility[]): readonly SelectOption<Visibility>[] {
  return visibilities.map((value) => ({ value, label: LABELS[value] }));
}
