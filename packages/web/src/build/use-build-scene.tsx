import type { VrtValidation } from '@inlay/contract';
import { Image, ImageOff, Scan, SquareDashedMousePointer } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import type { BBox } from '../map/bbox.ts';
import { unionOf } from '../map/bbox.ts';
import { PALETTES } from '../map/palette.ts';
import { type Pick, useMapHandle, useScene } from '../map/stage-store.ts';
import { useSight } from '../map/viewport.ts';
import { useThemeMode } from '../shell/theme.ts';
import { IconButton } from '../ui/button.tsx';
import {
  boxesOf,
  buildLayers,
  imageryInOrder,
  numberSource,
  refusedSource,
  type ShapeSources,
  shapeSources,
  statesOf,
} from './build-layers.ts';
import { Legend } from './legend.tsx';
import type { SourcesOnMap } from './use-sources-on-map.ts';

export interface BuildSceneProps {
  readonly map: SourcesOnMap;
  readonly chosen: ReadonlySet<string>;
  /** The chosen sources from the top row to the last. */
  readonly shown: readonly string[];
  readonly isMosaic: boolean;
  readonly refused: ReadonlySet<string>;
  readonly plan: VrtValidation['plan'];
  readonly hovered: string | null;
  /** What a box that is drawn means; null while dragging moves the map. */
  readonly boxTool: 'sources' | 'bounds' | null;
  readonly onHover: (id: string | null) => void;
  /** The rasters at a place that was clicked, the topmost first. */
  readonly onPick: (ids: readonly string[]) => void;
  readonly onBox: (box: BBox) => void;
  readonly onBoxTool: () => void;
}

const NONE: ReadonlySet<string> = new Set();

/** Shows the draft on the map: the rasters to choose from, those chosen in their order, those refused, and the output. */
export function useBuildScene(props: BuildSceneProps): void {
  const { map, chosen, shown, isMosaic, refused, plan, hovered, boxTool, onHover, onPick, onBox, onBoxTool } = props;
  const { footprints, sources, placed, found } = map;
  const mode = useThemeMode();
  const sight = useSight();
  const handle = useMapHandle();
  const [showsImagery, setShowsImagery] = useState(true);
  const palette = PALETTES[mode];

  // Another order of the same sources looks the same.
  const members = found ?? chosen;
  const states = useMemo(() => statesOf(members, refused, hovered), [members, refused, hovered]);
  const imagery = useMemo(() => {
    if (!showsImagery || sight === null) return [];
    const topToBottom = found === null ? (isMosaic ? shown : shown.toReversed()) : [...found];
    return imageryInOrder(topToBottom, refused, placed, sight);
  }, [showsImagery, sight, found, isMosaic, shown, refused, placed]);
  const byId = useMemo(
    () => (refused.size === 0 ? null : new Map(footprints.map((one) => [one.id, one]))),
    [footprints, refused],
  );
  const refusedOutlines = useMemo(
    () => refusedSource(byId ?? new Map(), byId === null ? NONE : refused),
    [byId, refused],
  );
  const numbers = useMemo(
    () => (found === null ? numberSource(shown, placed, refused, palette, mode) : null),
    [found, shown, placed, refused, palette, mode],
  );
  // Another order has the same shape: the map is not drawn anew for it.
  const shapeKey = useMemo(() => (plan === null ? null : JSON.stringify([plan.outline, plan.coverage])), [plan]);
  const [shape, setShape] = useState<{ readonly key: string; readonly sources: ShapeSources } | null>(null);
  if ((shape?.key ?? null) !== shapeKey) {
    setShape(plan === null || shapeKey === null ? null : { key: shapeKey, sources: shapeSources(plan) });
  }
  const layers = useMemo(
    () =>
      buildLayers({
        imagery,
        sources,
        states,
        refused: refusedOutlines,
        numbers,
        shape: shape?.sources ?? null,
        palette,
        mode,
      }),
    [imagery, sources, states, refusedOutlines, numbers, shape, palette, mode],
  );

  const zoom = (): void => {
    const boxes = boxesOf(found ?? shown, placed);
    const box = unionOf(boxes.length > 0 ? boxes : boxesOf(placed.keys(), placed));
    if (box !== null) handle?.fit(box);
  };
  const tools: ReactNode = (
    <>
      <IconButton
        icon={SquareDashedMousePointer}
        label={boxTool === 'bounds' ? 'Drawing the bounds' : 'Add sources with a box'}
        shortcut="Shift-drag"
        side="left"
        pressed={boxTool !== null}
        onClick={onBoxTool}
      />
      <IconButton icon={Scan} label="Show all sources" side="left" onClick={zoom} />
      <IconButton
        icon={showsImagery ? Image : ImageOff}
        label={showsImagery ? 'Hide the pixels' : 'Show the pixels'}
        side="left"
        onClick={() => setShowsImagery(!showsImagery)}
      />
    </>
  );
  useScene({
    label:
      'Map of the rasters to build from. A click on a footprint takes it as a source, as the list beside the map does.',
    layers,
    tool: boxTool === null ? 'move' : 'box',
    tools,
    overlay: (
      <Legend
        hasRefused={refused.size > 0}
        hasOutput={plan !== null}
        hasGaps={(plan?.coverage?.gaps.length ?? 0) > 0}
        hasOverlaps={(plan?.coverage?.overlaps.length ?? 0) > 0}
      />
    ),
    onPick: ({ features }: Pick) => onPick([...new Set(features.map(({ id }) => id))]),
    onHover: (picked) => onHover(picked?.id ?? null),
    onBox,
  });
}
