import type { ValidationItem } from '@inlay/contract';
import { isApiError } from '@inlay/sdk';
import { getRouteApi } from '@tanstack/react-router';
import { Layers } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { client } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatCount, formatPlural } from '../format.ts';
import { type BBox, touches, unionOf } from '../map/bbox.ts';
import { useMapHandle } from '../map/stage-store.ts';
import { useSight } from '../map/viewport.ts';
import { refreshJobs } from '../jobs/use-jobs.ts';
import { useIsWide } from '../shell/use-is-wide.ts';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/states.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { toast } from '../ui/toast-store.ts';
import { AddTab, type Finder } from './add-tab.tsx';
import { boxesOf } from './build-layers.ts';
import type { BuildTab } from './build-search.ts';
import { requestOf, shownOrder, suggestTitle } from './draft.ts';
import { findingsOf, type Fix, leaveOutFix, messagesBySource } from './findings.ts';
import { MatchingTab } from './matching-tab.tsx';
import { type OptionName, readOptions, textOfNumbers } from './option-texts.ts';
import { PlanBar, PlanPanel, type PlanPanelProps, PlanTab } from './plan-panel.tsx';
import { SettingsTab } from './settings-tab.tsx';
import { SourcesTab } from './sources-tab.tsx';
import { useBuildScene } from './use-build-scene.tsx';
import { useDatasets } from './use-datasets.ts';
import type { Drafting } from './use-draft.ts';
import { usePlan } from './use-plan.ts';
import { useSourcesOnMap } from './use-sources-on-map.ts';

const route = getRouteApi('/build');

/** Titles that a name is made up of. */
const TITLES_LOOKED_AT = 20;
const NO_REFUSALS: ReadonlyMap<string, string> = new Map();

/** Where a virtual raster is thought up: the sources, how they become one, and all the time what comes of it. */
export function Workbench({ drafting }: { readonly drafting: Drafting }): ReactNode {
  const { draft, change, undo, canUndo } = drafting;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const handle = useMapHandle();
  const sight = useSight();
  const [hovered, setHovered] = useState<string | null>(null);
  const [boxTool, setBoxTool] = useState<'sources' | 'bounds' | null>(null);
  const [finder, setFinder] = useState<Finder>({ q: '', bbox: null });
  const [goTo, setGoTo] = useState<{ readonly option: OptionName; readonly at: number } | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isCreating, setCreating] = useState(false);

  const isEmpty = draft.ids.length === 0 && draft.filter === null;
  // Where one begins; it does not change while one chooses.
  const [firstTab] = useState<BuildTab>(isEmpty ? 'add' : 'sources');
  const isWide = useIsWide();
  const wanted = search.tab ?? firstTab;
  const tab = wanted === 'plan' && isWide ? 'sources' : wanted;
  const openTab = useCallback(
    (next: BuildTab) => void navigate({ search: (former) => ({ ...former, tab: next }), replace: true }),
    [navigate],
  );

  const plan = usePlan(draft);
  // What create refused is as good as what validate would say, until something changes.
  const refused = refusal?.of === draft ? refusal : null;
  const { errors } = useMemo(() => readOptions(draft.options), [draft.options]);
  const crs = plan.answer?.plan?.crs.code ?? null;
  const chosen = useMemo(() => new Set(draft.ids), [draft.ids]);
  const { ids, vrtType } = draft;
  const paintOrder = draft.options.source_order === undefined ? null : (plan.answer?.paint_order ?? null);
  const shown = useMemo(() => shownOrder({ ids, vrtType }, paintOrder), [ids, vrtType, paintOrder]);
  const looked = useDatasets(shown.slice(0, TITLES_LOOKED_AT));
  const reference = useDatasets(draft.ids.slice(0, 1)).get(draft.ids[0] ?? '');
  const items = refused?.items ?? plan.answer?.problems;
  const problems = useMemo(() => {
    const epsg = reference?.raster?.epsg ?? null;
    return findingsOf(items ?? [], plan.of, { crs: epsg === null ? null : `EPSG:${epsg}` });
  }, [items, plan.of, reference]);
  const warnings = useMemo(
    // How much overlaps, the plan shows, and it is what mosaics are for.
    () =>
      findingsOf(
        (plan.answer?.warnings ?? []).filter(({ type }) => type !== 'overlaps'),
        plan.of,
        { isWarning: true },
      ),
    [plan.answer, plan.of],
  );
  const refusals = useMemo(
    () => (items === undefined || items.length === 0 ? NO_REFUSALS : messagesBySource(items, plan.of)),
    [items, plan.of],
  );
  // While the next answer is on its way, sources that were taken out meanwhile are refused no more.
  const refusedIds = useMemo(
    () => new Set([...refusals.keys()].filter((id) => draft.filter !== null || chosen.has(id))),
    [refusals, chosen, draft.filter],
  );

  const onMap = useSourcesOnMap(draft.ids, draft.filter, sight?.bbox ?? null);
  const titleOf = (id: string): string => onMap.footprints.find((one) => one.id === id)?.title ?? 'a source';

  const startDrawing = (what: 'sources' | 'bounds'): void => setBoxTool(boxTool === what ? null : what);
  const drawBounds = async (box: BBox): Promise<void> => {
    try {
      const { bounds } = await client.crsBounds({ crs: draft.options.crs ?? crs ?? 'EPSG:4326', bbox: [...box] });
      if (bounds !== null)
        change({ kind: 'options', options: { bounds: textOfNumbers(bounds) } }, 'The bounds are set');
      else toast('Part of this box has no place in the CRS of the output.', { tone: 'danger' });
    } catch (error) {
      toast(errorLine(error), { tone: 'danger' });
    }
  };
  const onBox = (box: BBox): void => {
    setBoxTool(null);
    if (boxTool === 'bounds') {
      void drawBounds(box);
      return;
    }
    const ids = [...onMap.placed.values()]
      .filter((one) => touches(one.box, box) && !chosen.has(one.id))
      .map(({ id }) => id);
    if (ids.length === 0) toast('No further raster touches this box.');
    else change({ kind: 'add', ids: ids.toReversed() }, `Added ${formatPlural(ids.length, 'source')}`);
  };
  const onPick = (ids: readonly string[]): void => {
    const [first] = ids;
    if (first === undefined) return;
    const next = ids.find((id) => !chosen.has(id));
    if (next !== undefined) change({ kind: 'add', ids: [next] }, `Added “${titleOf(next)}”`);
    else change({ kind: 'remove', ids: [first] }, `Removed “${titleOf(first)}”`);
  };
  const zoomTo = (ids: Iterable<string>, options = {}): void => {
    const box = unionOf(boxesOf(ids, onMap.placed));
    if (box !== null) handle?.fit(box, options);
  };
  useBuildScene({
    map: onMap,
    chosen,
    shown,
    isMosaic: draft.vrtType === 'mosaic',
    refused: refusedIds,
    plan: plan.error === null ? (plan.answer?.plan ?? null) : null,
    hovered,
    boxTool,
    onHover: setHovered,
    onPick,
    onBox,
    onBoxTool: () => setBoxTool(boxTool === null ? 'sources' : null),
  });

  const hasFitted = useRef(search.map !== undefined);
  useEffect(() => {
    if (hasFitted.current || handle === null || onMap.placed.size === 0) return;
    hasFitted.current = true;
    zoomTo(shown.length > 0 ? shown : onMap.placed.keys(), { isInstant: true, maxZoom: 12 });
  });

  const onFix = ({ change: wanted, label }: Fix): void => {
    if (wanted.kind === 'edit') {
      openTab('settings');
      setGoTo({ option: wanted.option, at: performance.now() });
    } else if (wanted.kind === 'remove') change(wanted, `Removed ${formatPlural(wanted.ids.length, 'source')}`);
    else change(wanted, `Done: ${label}`);
  };

  const titles = [...looked.values()].flatMap((one) => one?.title ?? []);
  const title = draft.title ?? (isEmpty ? '' : suggestTitle(titles, draft.ids.length, draft.vrtType));
  const create = async (): Promise<void> => {
    const { body } = requestOf(draft, title.trim());
    if (body === null) return;
    setCreating(true);
    try {
      const { job_id: job } = await client.createVrt(body);
      void refreshJobs();
      await navigate({ search: (former) => ({ ...former, title: title.trim(), job }) });
    } catch (error) {
      if (isApiError(error) && error.status === 422) {
        const ofTitle = error.items.find(({ loc }) => loc[1] === 'title');
        setRefusal({ of: draft, items: error.items, title: ofTitle?.msg ?? null });
      } else toast(errorLine(error), { tone: 'danger' });
    }
    setCreating(false);
  };
  const signIn = (): void => {
    // By then the URL has the draft: it has had the time that the answer took.
    void navigate({ to: '/sign-in', search: { to: location.pathname + location.search } });
  };

  const count = draft.filter === null ? draft.ids.length : null;
  const planProps: PlanPanelProps = {
    answer: plan.answer,
    isStale: plan.isStale,
    error: plan.error,
    count,
    hasErrors: Object.keys(errors).length > 0,
    problems,
    warnings,
    leaveOut: leaveOutFix(problems, draft),
    title,
    titleError: draft.title !== null && title.trim() === '' ? 'It needs a name.' : (refused?.title ?? null),
    isCreating,
    onTitle: (next) => change({ kind: 'set', fields: { title: next } }),
    onFix,
    onRetry: plan.retry,
    onSignIn: signIn,
    onCreate: () => void create(),
  };
  return (
    <>
      <h1 className="sr-only">Build a virtual raster</h1>
      <Tabs
        label="Build a virtual raster"
        value={tab}
        onValueChange={openTab}
        tabs={[
          {
            value: 'sources',
            label: count === null ? 'Sources' : `Sources ${formatCount(count)}`,
            content: (
              <div className="flex h-full flex-col">
                {draft.filter !== null ? (
                  <MatchingTab filter={draft.filter} onClear={() => change({ kind: 'clear' })} />
                ) : count === 0 ? (
                  <Empty
                    icon={Layers}
                    title="No sources yet"
                    actions={
                      <>
                        <Button variant="primary" onClick={() => openTab('add')}>
                          Find rasters
                        </Button>
                        {canUndo && <Button onClick={undo}>Undo</Button>}
                      </>
                    }
                  >
                    Click footprints on the map, draw a box around them, or find them by name.
                  </Empty>
                ) : (
                  <SourcesTab
                    draft={draft}
                    shown={shown}
                    refusals={refusals}
                    findings={problems}
                    hovered={hovered}
                    canUndo={canUndo}
                    onUndo={undo}
                    onChange={change}
                    onFix={onFix}
                    onZoom={(id) => zoomTo([id])}
                    onHover={setHovered}
                  />
                )}
              </div>
            ),
          },
          {
            value: 'add',
            label: 'Add',
            content: (
              <div className="flex h-full flex-col">
                <AddTab
                  finder={finder}
                  chosen={chosen}
                  hovered={hovered}
                  isBoxTool={boxTool === 'sources'}
                  onFinder={setFinder}
                  onBoxTool={() => startDrawing('sources')}
                  onChange={change}
                  onHover={setHovered}
                />
              </div>
            ),
          },
          {
            value: 'settings',
            label: 'Settings',
            content: (
              <SettingsTab
                draft={draft}
                errors={{ ...serverErrors(problems), ...errors }}
                goTo={goTo}
                crs={draft.options.crs ?? crs}
                isDrawing={boxTool === 'bounds'}
                onDraw={() => startDrawing('bounds')}
                onChange={change}
              />
            ),
          },
          ...(isWide ? [] : [{ value: 'plan' as const, label: 'Plan', content: <PlanTab {...planProps} /> }]),
        ]}
      />
      {isWide ? <PlanPanel {...planProps} /> : <PlanBar {...planProps} onOpen={() => openTab('plan')} />}
    </>
  );
}

/** A draft that create has refused, and why. */
interface Refusal {
  readonly of: Drafting['draft'];
  readonly items: readonly ValidationItem[];
  /** What is wrong with the title; null where that is not why. */
  readonly title: string | null;
}

/** What the server says of options, by their names. */
function serverErrors(problems: ReturnType<typeof findingsOf>): Partial<Record<OptionName, string>> {
  return Object.fromEntries(problems.flatMap(({ option, message }) => (option === null ? [] : [[option, message]])));
}
