/** A source that a failed build names. */
export interface BlamedSource {
  readonly id: string;
  readonly title: string;
  /** What is wrong with it, as the server says it. */
  readonly problem: string;
  /** What mends it: reading its file again, building of what it is now, or nothing but to leave it out. */
  readonly cure: 'read' | 'build' | null;
}

const NAMED = /"(?<name>.+?)" (?<problem>(?:has changed|cannot be found|got a|was replaced).*?)(?=;|\.\s|\.?$)/gu;
const REMOVED = /\((?<name>[\da-f-]{36})\) (?<problem>was removed or hidden.*?)(?=;|\.\s|\.?$)/gu;

/**
 * The sources that the message of a failed build names: `"tile 7" has changed since it was registered; "tile 9" cannot be found
 * where it was registered. Register them again`. Two of the same title are both named.
 *
 * @param sources those that it was built of; one that is gone has no title
 */
export function blamedSources(
  message: string,
  sources: Iterable<{ readonly id: string; readonly title: string | null }>,
): readonly BlamedSource[] {
  const problems = new Map(
    [NAMED, REMOVED].flatMap((pattern) =>
      Array.from(
        message.matchAll(pattern),
        ({ groups }) => [groups?.['name'] ?? '', groups?.['problem'] ?? ''] as const,
      ),
    ),
  );
  return [...sources].flatMap(({ id, title }) => {
    const problem = problems.get(title ?? '') ?? problems.get(id);
    if (problem === undefined) return [];
    return { id, title: title ?? 'A source that is gone', problem, cure: cureOf(problem) };
  });
}

function cureOf(problem: string): BlamedSource['cure'] {
  if (problem.startsWith('was replaced')) return 'build';
  return /^(cannot be found|was removed)/.test(problem) ? null : 'read';
}
