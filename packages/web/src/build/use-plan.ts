import type { VrtCreate, VrtValidation } from '@inlay/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { client } from '../api.ts';
import { describeError } from '../describe-error.ts';
import { useSettled } from '../use-settled.ts';
import { type Draft, requestOf } from './draft.ts';

/** Within this, changes that follow each other are one. */
const PAUSE_MS = 180;
/** How often a server that gave no answer is asked again. */
const UNREACHABLE_MS = 4000;

/** What the server says of a draft. */
export interface Plan {
  /** The last answer; null before the first, and where there is nothing to ask. */
  readonly answer: VrtValidation | null;
  /** The draft that it is about. */
  readonly of: Draft;
  /** Whether the answer is about an earlier draft, and the next one is on its way. */
  readonly isStale: boolean;
  /** Why there is none; null where there is. */
  readonly error: Error | null;
  readonly retry: () => void;
}

interface Question {
  readonly draft: Draft;
  readonly body: VrtCreate;
}

/** What came of asking: an answer, or why there is none. */
interface Reply {
  readonly answer: VrtValidation | null;
  readonly error: Error | null;
  /** What was asked about. */
  readonly of: Draft;
}

/** Asks the server for the plan of a draft, as it changes: the last answer stays until the next is there. */
export function usePlan(draft: Draft): Plan {
  const { ids, filter, vrtType, strategy, options, visibility } = draft;
  // What it is called changes nothing of what it is.
  const question = useMemo<Question | null>(() => {
    const asked: Draft = { ids, filter, vrtType, strategy, options, visibility, title: null, summary: '' };
    const { body } = requestOf(asked, 'Untitled');
    return body === null ? null : { draft: asked, body };
  }, [ids, filter, vrtType, strategy, options, visibility]);
  const settled = useSettled(question, PAUSE_MS);

  const result = useQuery({
    queryKey: ['vrt-plan', settled === null ? null : numberOf(settled)],
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    // The same draft is not met again, and answers about thousands of sources are large.
    gcTime: 0,
    // Nor is one answer looked at for parts of another.
    structuralSharing: false,
    networkMode: 'always',
    queryFn: async ({ signal }): Promise<Reply> => {
      const { body, draft } = settled as Question;
      try {
        return { answer: await client.validateVrt(body, { signal }), error: null, of: draft };
      } catch (error) {
        signal.throwIfAborted();
        // As a reply, it stays in sight while the server is asked once more.
        return { answer: null, error: error as Error, of: draft };
      }
    },
    refetchInterval: ({ state: { data } }) =>
      data != null && data.error !== null && describeError(data.error).canRetry ? UNREACHABLE_MS : false,
  });
  const { data, isFetching, isPlaceholderData, refetch } = result;
  const error = question === null ? null : (data?.error ?? null);
  return {
    answer: question === null ? null : (data?.answer ?? null),
    of: data?.of ?? draft,
    isStale: question !== null && error === null && (question !== settled || isPlaceholderData || isFetching),
    error,
    retry: () => void refetch(),
  };
}

const numbers = new WeakMap<object, number>();
let last = 0;

/** A number for an object, as a key: its contents may be ten thousand ids. */
function numberOf(question: object): number {
  const known = numbers.get(question);
  if (known !== undefined) return known;
  last += 1;
  numbers.set(question, last);
  return last;
}
