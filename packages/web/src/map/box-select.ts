import type { Map as MapLibreMap } from 'maplibre-gl';
import type { BBox } from './bbox.ts';

export interface BoxSelectOptions {
  /** Whether dragging draws a box now, of a pointer pressed with or without Shift. */
  readonly isOn: (isShift: boolean) => boolean;
  readonly onBox: (bbox: BBox, isAdditive: boolean) => void;
}

/** Less than this is a click with a shaky hand, in CSS pixels. */
const LEAST_PIXELS = 4;

/** Lets people draw a box on the map; returns what ends it. */
export function attachBoxSelect(map: MapLibreMap, { isOn, onBox }: BoxSelectOptions): () => void {
  const container = map.getCanvasContainer();
  const outline = document.createElement('div');
  outline.className = 'pointer-events-none absolute z-10 border-2 border-accent bg-accent/10';
  let start: { readonly x: number; readonly y: number; readonly pointer: number } | null = null;

  const at = (event: PointerEvent): { x: number; y: number } => {
    const { left, top } = container.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const end = (): void => {
    outline.remove();
    start = null;
    map.dragPan.enable();
  };
  const press = (event: PointerEvent): void => {
    if (event.button !== 0 || !event.isPrimary || !isOn(event.shiftKey)) return;
    // MapLibre listens to mouse and touch events, which follow this one.
    map.dragPan.disable();
    start = { ...at(event), pointer: event.pointerId };
    container.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    if (start === null || event.pointerId !== start.pointer) return;
    const { x, y } = at(event);
    outline.style.cssText = `left:${Math.min(x, start.x)}px;top:${Math.min(y, start.y)}px;width:${Math.abs(x - start.x)}px;height:${Math.abs(y - start.y)}px`;
    if (!outline.isConnected) container.append(outline);
  };
  const release = (event: PointerEvent): void => {
    if (start === null || event.pointerId !== start.pointer) return;
    const from = start;
    const to = at(event);
    end();
    if (Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y)) < LEAST_PIXELS) return;
    const [a, b] = [map.unproject([from.x, from.y]), map.unproject([to.x, to.y])];
    onBox(
      [Math.min(a.lng, b.lng), Math.min(a.lat, b.lat), Math.max(a.lng, b.lng), Math.max(a.lat, b.lat)],
      event.shiftKey || event.ctrlKey || event.metaKey,
    );
  };
  const abandon = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && start !== null) end();
  };

  container.addEventListener('pointerdown', press);
  container.addEventListener('pointermove', move);
  container.addEventListener('pointerup', release);
  container.addEventListener('pointercancel', end);
  window.addEventListener('keydown', abandon);
  return () => {
    container.removeEventListener('pointerdown', press);
    container.removeEventListener('pointermove', move);
    container.removeEventListener('pointerup', release);
    container.removeEventListener('pointercancel', end);
    window.removeEventListener('keydown', abandon);
    outline.remove();
  };
}
