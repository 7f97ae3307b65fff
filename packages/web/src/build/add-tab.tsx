import { MAX_FOOTPRINTS, type SourceFilter } from '@inlay/contract';
import { Link } from '@tanstack/react-router';
import { Check, ListPlus, MapPinned, Plus, SearchX, SquareDashedMousePointer, X } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';
import { queries, queryClient } from '../api.ts';
import { useDatasetPages } from '../catalogue/use-dataset-pages.ts';
import { errorLine } from '../describe-error.ts';
import { formatCount, formatPlural } from '../format.ts';
import { type BBox, formatBBox, wrapped } from '../map/bbox.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { useSight } from '../map/viewport.ts';
import { Failure } from '../shell/page-error.tsx';
import { Button, buttonClass, IconButton } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Field, Input } from '../ui/field.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Empty } from '../ui/states.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';
import { toast } from '../ui/toast-store.ts';
import { VirtualList } from '../ui/virtual-list.tsx';
import type { DraftChange } from './draft.ts';
import { SOURCE_ROW_HEIGHT, SourceFacts } from './source-facts.tsx';
import { filterQuery } from './use-sources-on-map.ts';

/** As old as what the map shows may be; what is added here or elsewhere in this tab makes it old at once. */
const FRESH_MS = 60_000;

/** What rasters are looked for by. */
export interface Finder {
  readonly q: string;
  readonly bbox: BBox | null;
}

export interface AddTabProps {
  readonly finder: Finder;
  readonly chosen: ReadonlySet<string>;
  readonly hovered: string | null;
  readonly isBoxTool: boolean;
  readonly onFinder: (finder: Finder) => void;
  readonly onBoxTool: () => void;
  readonly onChange: (change: DraftChange, said?: string) => void;
  readonly onHover: (id: string | null) => void;
}

/** Finds rasters to take as sources, by text and extent. The map does the same by clicks and boxes. */
export function AddTab(props: AddTabProps): ReactNode {
  const { finder, chosen, hovered, isBoxTool, onFinder, onBoxTool, onChange, onHover } = props;
  const [range, setRange] = useState<readonly [number, number]>([0, 12]);
  const [isAdding, setAdding] = useState(false);
  const onRange = useCallback((first: number, end: number) => setRange([first, end]), []);
  const filter = filterOf(finder);
  const query = filterQuery(filter);
  const pages = useDatasetPages(query, range);
  const { total } = pages;
  const isNarrowed = Object.keys(filter).length > 0;

  const addAll = async (): Promise<void> => {
    setAdding(true);
    try {
      // What the map has asked for is there already.
      const { footprints, total: placed } = await queryClient.fetchQuery({
        ...queries.footprints(query),
        staleTime: FRESH_MS,
      });
      // Oldest first, as a filter has them: the newest on top.
      if (placed <= footprints.length)
        onChange(
          { kind: 'add', ids: footprints.map(({ id }) => id).toReversed() },
          `Added ${formatPlural(footprints.length, 'source')}`,
        );
      else onChange({ kind: 'filter', filter }, `Took all ${formatPlural(placed, 'raster')} that match`);
    } catch (error) {
      toast(errorLine(error), { tone: 'danger' });
    }
    setAdding(false);
  };

  return (
    <>
      <div className="flex shrink-0 flex-col gap-2 border-b border-line p-3">
        <Field label="Find rasters by title or summary" isLabelHidden>
          <Input
            type="search"
            placeholder="Find rasters by title or summary"
            maxLength={200}
            value={finder.q}
            onChange={(event) => onFinder({ ...finder, q: event.target.value })}
          />
        </Field>
        <Extent box={finder.bbox} onBox={(bbox) => onFinder({ ...finder, bbox })} />
        <div className="flex items-center gap-2">
          <Button size="sm" icon={SquareDashedMousePointer} aria-pressed={isBoxTool} onClick={onBoxTool}>
            {isBoxTool ? 'Now drag on the map' : 'Draw a box'}
          </Button>
          <span className="flex-1" />
          <Button
            size="sm"
            variant="primary"
            icon={ListPlus}
            busy={isAdding}
            disabled={total === null || total === 0 || (!isNarrowed && total > MAX_FOOTPRINTS)}
            onClick={() => void addAll()}
          >
            Add all {total === null ? '' : formatCount(total)} {isNarrowed ? 'matching' : ''}
          </Button>
        </div>
      </div>
      {pages.error !== null ? (
        <Failure error={pages.error} onRetry={pages.refetch} />
      ) : total === 0 && !pages.isLoading ? (
        <div className="min-h-0 flex-1 overflow-y-auto">
          {isNarrowed ? (
            <Empty
              icon={SearchX}
              title="No raster matches"
              actions={<Button onClick={() => onFinder({ q: '', bbox: null })}>Show all</Button>}
            />
          ) : (
            <Empty
              icon={Plus}
              title="No rasters yet"
              actions={
                <Link to="/add" className={buttonClass('primary')}>
                  Add rasters
                </Link>
              }
            >
              A virtual raster is made of rasters of the catalogue.
            </Empty>
          )}
        </div>
      ) : (
        <VirtualList
          label="Rasters"
          count={total ?? 8}
          rowHeight={SOURCE_ROW_HEIGHT}
          onRange={onRange}
          renderRow={(index) => {
            const dataset = pages.at(index);
            if (dataset === undefined) {
              return (
                <div className="flex h-full items-center gap-3 border-b border-line px-4" aria-hidden="true">
                  <Skeleton className="size-12" />
                  <Skeleton className="h-3.5 w-1/2" />
                </div>
              );
            }
            const isChosen = chosen.has(dataset.id);
            return (
              <button
                type="button"
                aria-pressed={isChosen}
                className={classNames(
                  'flex h-full w-full items-center gap-3 border-b border-line pr-4 pl-4 text-left focus-visible:-outline-offset-2',
                  isChosen ? 'bg-accent-wash' : hovered === dataset.id && 'bg-hover',
                )}
                onPointerEnter={() => onHover(dataset.id)}
                onPointerLeave={() => onHover(null)}
                onFocus={() => onHover(dataset.id)}
                onBlur={() => onHover(null)}
                onClick={() => onChange({ kind: isChosen ? 'remove' : 'add', ids: [dataset.id] })}
              >
                <Thumbnail src={thumbnailUrl(dataset.id, 48)} size={48} />
                <span className="flex min-w-0 flex-1 flex-col">
                  <span className="truncate font-medium">{dataset.title}</span>
                  <SourceFacts dataset={dataset} />
                </span>
                {isChosen ? (
                  <Check size={17} aria-hidden="true" className="shrink-0 text-accent" />
                ) : (
                  <Plus size={17} aria-hidden="true" className="shrink-0 text-soft" />
                )}
              </button>
            );
          }}
        />
      )}
    </>
  );
}

function filterOf({ q, bbox }: Finder): SourceFilter {
  const text = q.trim();
  return { ...(text === '' ? {} : { q: text }), ...(bbox === null ? {} : { bbox: [...bbox] }) };
}

const SIDES = ['West', 'South', 'East', 'North'] as const;

/** A box in degrees, typed or stepped. */
function Extent({ box, onBox }: { readonly box: BBox | null; readonly onBox: (box: BBox | null) => void }): ReactNode {
  const sight = useSight();
  const [typed, setTyped] = useState<readonly string[]>(SIDES.map((_, side) => textOf(box, side)));
  const [known, setKnown] = useState(box);
  if (known !== box) {
    setKnown(box);
    setTyped(SIDES.map((_, side) => textOf(box, side)));
  }
  const type = (side: number, text: string): void => {
    const next = typed.with(side, text);
    setTyped(next);
    const [west, south, east, north] = next.map((part) => (part.trim() === '' ? NaN : Number(part)));
    const wanted: BBox = [west!, south!, east!, north!];
    const isBox =
      wanted.every(Number.isFinite) &&
      wanted[1] <= wanted[3] &&
      Math.abs(wanted[0]) <= 180 &&
      Math.abs(wanted[2]) <= 180;
    const changed = isBox ? wanted : next.every((part) => part.trim() === '') ? null : undefined;
    if (changed === undefined) return;
    setKnown(changed);
    onBox(changed);
  };
  return (
    <fieldset className="flex items-end gap-1.5">
      <legend className="sr-only">Extent in degrees</legend>
      {SIDES.map((side, index) => (
        <Field key={side} label={`${side} °`} className="min-w-0 flex-1 [&_label]:text-xs [&_label]:text-soft">
          <Input
            type="number"
            step={0.5}
            min={index % 2 === 0 ? -180 : -90}
            max={index % 2 === 0 ? 180 : 90}
            className="h-8! px-1.5! text-sm!"
            value={typed[index] ?? ''}
            onChange={(event) => type(index, event.target.value)}
          />
        </Field>
      ))}
      <IconButton
        icon={MapPinned}
        size="sm"
        className="mb-0.5"
        label="Use what the map shows"
        disabled={sight === null}
        onClick={() => sight !== null && onBox(rounded(wrapped(sight.bbox)))}
      />
      <IconButton
        icon={X}
        size="sm"
        className="mb-0.5"
        label="Everywhere"
        disabled={box === null}
        onClick={() => onBox(null)}
      />
    </fieldset>
  );
}

function textOf(box: BBox | null, side: number): string {
  return box === null ? '' : (formatBBox(box).split(',')[side] ?? '');
}

function rounded(box: BBox): BBox {
  const [west = 0, south = 0, east = 0, north = 0] = box.map((value) => Number(value.toFixed(3)));
  return [west, Math.max(-90, south), east, Math.min(90, north)];
}
