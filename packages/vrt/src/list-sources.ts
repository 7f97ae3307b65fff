import type { VrtSourceInput } from './problem.ts';

/** Sources named one by one in a message. */
const MAX_NAMED = 3;

/** Some of the sources, for a message about them together. */
export interface SourceList {
  readonly count: number;
  /** `Source "a"`, or `Sources "a", "b" and 3 more`. */
  readonly text: string;
}

/** The sources that something is true of, named by the first of them. */
export function listSources(sources: readonly VrtSourceInput[], isMeant: (index: number) => boolean): SourceList {
  const names: string[] = [];
  let count = 0;
  for (let index = 0; index < sources.length; index += 1) {
    if (!isMeant(index)) continue;
    count += 1;
    if (names.length < MAX_NAMED) names.push(`"${sources[index]?.label}"`);
  }
  const more = count - names.length;
  const last = more > 0 ? `${more} more` : (names.pop() ?? '');
  const text = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  return { count, text: `${count === 1 ? 'Source' : 'Sources'} ${text}` };
}
