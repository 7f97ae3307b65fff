import { getRouteApi } from '@tanstack/react-router';
import { Image, ImageOff, ListChecks, SquareDashedMousePointer } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { formatCount } from '../format.ts';
import { type BBox, touches, unionOf } from '../map/bbox.ts';
import { footprintLayers, footprintSources } from '../map/layers/footprints.ts';
import type { FeatureState } from '../map/map-layer.ts';
import { PALETTES } from '../map/palette.ts';
import { type Pick, useMapHandle, useScene } from '../map/stage-store.ts';
import { useSight } from '../map/viewport.ts';
import { decodeSelection, encodeSelection } from '../selection.ts';
import { hasRole, useMe } from '../session.ts';
import { Failure } from '../shell/page-error.tsx';
import { useThemeMode } from '../shell/theme.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { VirtualList, type VirtualListHandle } from '../ui/virtual-list.tsx';
import { CatalogueHeader } from './catalogue-header.tsx';
import { type CatalogueSearch, listQueryOf, NO_FILTERS } from './catalogue-search.ts';
import { DatasetRow, DatasetRowSkeleton, ROW_HEIGHT } from './dataset-row.tsx';
import { chooseImagery, placeFootprints } from './choose-imagery.ts';
import { imageryLayers } from './imagery.ts';
import { nextSelection } from './next-selection.ts';
import { NothingHere } from './nothing-here.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { useDatasetPages } from './use-dataset-pages.ts';
import { useFootprints } from './use-footprints.ts';
import { useTitle } from '../use-title.ts';

const route = getRouteApi('/');

/** Whether the map was moved to what there is; done once, for whoever comes without a viewport in the address. */
let hasFitted = false;

/** What there is: a list beside a map, narrowed down together, with one selection. */
export function CataloguePage(): ReactNode {
  const search = route.useSearch();
  useTitle(search.q === undefined ? 'Catalogue' : `“${search.q}”`);
  const navigate = route.useNavigate();
  const me = useMe();
  const mode = useThemeMode();
  const handle = useMapHandle();
  const sight = useSight();
  const inView = sight?.bbox ?? null;
  const list = useRef<VirtualListHandle>(null);
  const lastToggled = useRef<number | null>(null);
  const [range, setRange] = useState<readonly [first: number, end: number]>([0, 12]);
  const [hovered, setHovered] = useState<string | null>(null);
  const [isBoxTool, setBoxTool] = useState(false);
  const [showsImagery, setShowsImagery] = useState(true);

  const pages = useDatasetPages(listQueryOf(search, inView), range);
  const { data: footprints, isFormer } = useFootprints(search, inView);
  const placed = useMemo(() => placeFootprints(footprints?.footprints ?? []), [footprints]);
  const sources = useMemo(() => footprintSources(footprints?.footprints ?? []), [footprints]);
  const selected = useMemo(() => decodeSelection(search.sel), [search.sel]);
  const isSelected = useMemo(() => new Set(selected), [selected]);

  const change = (next: Partial<CatalogueSearch>): void => {
    void navigate({ search: (former) => ({ ...former, ...next }), replace: true });
  };
  const select = (ids: Iterable<string>): void => change({ sel: encodeSelection([...new Set(ids)]) });

  const states = useMemo(() => {
    const states = new Map<string, FeatureState>(selected.map((id) => [id, { selected: true }]));
    if (hovered !== null) states.set(hovered, { ...states.get(hovered), hovered: true });
    return states;
  }, [selected, hovered]);
  const imagery = useMemo(
    () => (showsImagery && sight !== null ? chooseImagery(placed, sight, isSelected) : []),
    [showsImagery, sight, placed, isSelected],
  );
  const layers = useMemo(
    () => [
      ...imageryLayers(imagery),
      ...footprintLayers({ sources, states, isHollow: imagery.length > 0 }, PALETTES[mode]),
    ],
    [imagery, sources, states, mode],
  );

  const pick = ({ features, isAdditive }: Pick): void => {
    const next = nextSelection(selected, [...new Set(features.map(({ id }) => id))], isAdditive);
    select(next);
    const last = next.at(-1);
    for (let index = range[0]; index < range[1]; index += 1) {
      if (last !== undefined && pages.at(index)?.id === last) list.current?.scrollTo(index);
    }
  };
  const within = (box: BBox): string[] => placed.filter((one) => touches(one.box, box)).map(({ id }) => id);
  const toggle = (index: number, isRange: boolean): void => {
    const from = isRange ? (lastToggled.current ?? index) : index;
    lastToggled.current = index;
    const ids: string[] = [];
    for (let i = Math.min(from, index); i <= Math.max(from, index); i += 1) ids.push(pages.at(i)?.id ?? '');
    const known = ids.filter((id) => id !== '');
    const isOn = isSelected.has(pages.at(index)?.id ?? '');
    select(isOn ? selected.filter((id) => !known.includes(id)) : [...selected, ...known]);
  };
  const zoomTo = (ids: readonly string[]): void => {
    const wanted = new Set(ids);
    const box = unionOf(placed.filter(({ id }) => wanted.has(id)).map((one) => one.box));
    if (box !== null) handle?.fit(box);
  };

  useScene({
    label: 'Map of the catalogue. A click on a footprint selects it, as the list beside the map does.',
    layers,
    tool: isBoxTool ? 'box' : 'move',
    onPick: pick,
    onHover: (over) => setHovered(over?.id ?? null),
    onBox: (box, isAdditive) => {
      setBoxTool(false);
      select(isAdditive ? [...selected, ...within(box)] : within(box));
    },
    tools: (
      <>
        <IconButton
          icon={SquareDashedMousePointer}
          label="Select with a box"
          shortcut="Shift-drag"
          side="left"
          pressed={isBoxTool}
          onClick={() => setBoxTool(!isBoxTool)}
        />
        <IconButton
          icon={showsImagery ? Image : ImageOff}
          label={showsImagery ? 'Hide the pixels' : 'Show the pixels'}
          side="left"
          onClick={() => setShowsImagery(!showsImagery)}
        />
      </>
    ),
  });

  useEffect(() => {
    if (hasFitted || handle === null || footprints === undefined) return;
    hasFitted = true;
    const box = unionOf(placed.map((one) => one.box));
    if (search.map === undefined && box !== null) handle.fit(box, { isInstant: true, maxZoom: 12 });
  }, [handle, footprints, placed, search.map]);

  useEffect(() => {
    const clear = (event: KeyboardEvent): void => {
      const isBusy = event.defaultPrevented || document.querySelector('dialog[open]') !== null;
      if (event.key === 'Escape' && !isBusy && search.sel !== undefined) {
        void navigate({ search: (former) => ({ ...former, sel: undefined }), replace: true });
      }
    };
    addEventListener('keydown', clear);
    return () => removeEventListener('keydown', clear);
  }, [navigate, search.sel]);

  // Another search has another list: it begins at its top.
  const terms = JSON.stringify({ ...search, sel: undefined, map: undefined });
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- what is done depends on nothing, when on the terms
  useEffect(() => list.current?.scrollTo(0), [terms]);

  const onRange = useCallback((first: number, end: number) => setRange([first, end]), []);
  const { total } = pages;
  const isNarrowed = (Object.keys(NO_FILTERS) as (keyof typeof NO_FILTERS)[]).some(
    (name) => search[name] !== undefined,
  );
  const matching = search.extent === 'view' && inView !== null ? within(inView) : placed.map(({ id }) => id);
  if (pages.error !== null) return <Failure error={pages.error} onRetry={pages.refetch} />;
  return (
    <>
      <CatalogueHeader search={search} total={total} onChange={change} />
      {isNarrowed &&
        !isFormer &&
        matching.length > 1 &&
        hasRole(me, 'editor') &&
        matching.some((id) => !isSelected.has(id)) && (
          <div className="flex h-10 shrink-0 items-center border-b border-line px-2">
            <Button size="sm" variant="plain" icon={ListChecks} onClick={() => select(matching)}>
              Select all {formatCount(matching.length)}
            </Button>
          </div>
        )}
      {total === 0 && !pages.isLoading ? (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <NothingHere isNarrowed={isNarrowed} onClear={() => change(NO_FILTERS)} />
        </div>
      ) : (
        <VirtualList
          ref={list}
          label="Datasets"
          count={total ?? 8}
          rowHeight={ROW_HEIGHT}
          onRange={onRange}
          renderRow={(index) => {
            const dataset = pages.at(index);
            if (dataset === undefined) return <DatasetRowSkeleton />;
            return (
              <DatasetRow
                dataset={dataset}
                isSelected={isSelected.has(dataset.id)}
                isHovered={hovered === dataset.id}
                onToggle={(isRange) => toggle(index, isRange)}
                onHover={(isOver) => setHovered(isOver ? dataset.id : null)}
              />
            );
          }}
        />
      )}
      {footprints !== undefined && footprints.total > footprints.footprints.length && (
        <p className="shrink-0 border-t border-line px-4 py-2 text-xs text-soft">
          The map shows the newest {formatCount(footprints.footprints.length)} of {formatCount(footprints.total)}{' '}
          footprints here. Zoom in, or narrow the search down, to see the others.
        </p>
      )}
      <SelectionBar
        selected={selected}
        mayBuild={hasRole(me, 'editor')}
        onZoom={() => zoomTo(selected)}
        onClear={() => select([])}
      />
    </>
  );
}
