import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { dismissToast, toast } from '../ui/toast-store.ts';
import { type BuildSearch, draftOf, searchOf } from './build-search.ts';
import { changeDraft, type Draft, type DraftChange } from './draft.ts';

const route = getRouteApi('/build');

/** How long the URL waits for the next change: browsers refuse to have it changed at every key. */
const URL_PAUSE_MS = 300;
/** Steps that can be taken back. A step shares all that it does not change with the others. */
const MOST_STEPS = 100;

export interface Drafting {
  readonly draft: Draft;
  /** `said`: shown with an offer to take it back. */
  readonly change: (change: DraftChange, said?: string) => void;
  readonly undo: () => void;
  readonly canUndo: boolean;
}

interface History {
  readonly draft: Draft;
  readonly past: readonly Draft[];
}

/** The draft: begun by the URL, kept in it, and every change of it can be taken back. */
export function useDraft(): Drafting {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [{ draft, past }, setHistory] = useState<History>(() => ({ draft: draftOf(search), past: [] }));
  const [slot] = useState(() => `build-${crypto.randomUUID().slice(0, 8)}`);
  const key = keyOf(search);
  const written = useRef(key);

  useEffect(() => {
    if (key === written.current) return;
    // Somebody followed a link to another draft, or went back to one.
    written.current = key;
    setHistory(({ draft, past }) => ({ draft: draftOf(search), past: [...past, draft].slice(-MOST_STEPS) }));
  }, [key, search]);

  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return undefined;
    }
    const write = (): void => {
      const next = searchOf(draft, slot);
      written.current = keyOf(next);
      void navigate({ search: (former) => ({ ...former, ...next }), replace: true });
    };
    const waiting = setTimeout(write, URL_PAUSE_MS);
    return () => clearTimeout(waiting);
  }, [draft, slot, navigate]);

  const undo = useCallback(
    () =>
      setHistory((history) => {
        const before = history.past.at(-1);
        return before === undefined ? history : { draft: before, past: history.past.slice(0, -1) };
      }),
    [],
  );
  const offer = useRef<number | null>(null);
  const change = useCallback(
    (wanted: DraftChange, said?: string) => {
      setHistory((history) => {
        const next = changeDraft(history.draft, wanted);
        return next === history.draft
          ? history
          : { draft: next, past: [...history.past, history.draft].slice(-MOST_STEPS) };
      });
      // Only the last step can be taken back: the offers of those before it are void.
      if (offer.current !== null) dismissToast(offer.current);
      offer.current = said === undefined ? null : toast(said, { action: { label: 'Undo', run: undo } });
    },
    [undo],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (isTyping || event.key !== 'z' || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      undo();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [undo]);

  return { draft, change, undo, canUndo: past.length > 0 };
}

/** What a query says of a draft, and nothing else of it. */
function keyOf({
  map: _map,
  tab: _tab,
  job: _job,
  ...search
}: BuildSearch & { readonly map?: string | undefined }): string {
  const entries = Object.entries(search).filter(([, text]) => text !== undefined);
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
