import type { SourceProperties, SrcRect, VrtSource } from './model.ts';
import { own } from './xml.ts';

/**
 * The sources of a band in columns: some 150 bytes for each, of which the most is its file name. What sources have in
 * common is stored once. Row by row, in document order.
 */
export interface SourceTable {
  readonly count: number;
  /** A source is its template, and what the columns say where the template's own property is not null. */
  readonly templates: readonly VrtSource[];
  /** Index into `templates`. */
  readonly template: Uint32Array;
  readonly filenames: readonly string[];
  /** RasterXSize and RasterYSize of SourceProperties; length = 2 * count. */
  readonly sizes: Int32Array;
  /** xOff, yOff, xSize, ySize of SrcRect and of DstRect; length = 8 * count. */
  readonly rects: Float64Array;
}

/** The source in a row, 0-based. */
export function sourceAt(table: SourceTable, row: number): VrtSource {
  const template = table.templates[table.template[row] ?? -1];
  if (template === undefined) throw new RangeError(`there is no source ${row} among ${table.count}`);
  const { sourceFilename, sourceProperties, srcRect, dstRect } = template;
  return {
    ...template,
    sourceFilename: sourceFilename && { ...sourceFilename, filename: table.filenames[row] ?? '' },
    sourceProperties: sourceProperties && {
      ...sourceProperties,
      rasterXSize: table.sizes[2 * row] ?? 0,
      rasterYSize: table.sizes[2 * row + 1] ?? 0,
    },
    srcRect: srcRect && rectAt(table.rects, 8 * row),
    dstRect: dstRect && rectAt(table.rects, 8 * row + 4),
  };
}

/** All sources, in document order. */
export function* sourcesOf(table: SourceTable): Generator<VrtSource> {
  for (let row = 0; row < table.count; row += 1) yield sourceAt(table, row);
}

/** The table of some sources. */
export function sourceTable(sources: Iterable<VrtSource>): SourceTable {
  const builder = new SourceTableBuilder();
  for (const source of sources) builder.add(source);
  return builder.finish();
}

function rectAt(rects: Float64Array, at: number): SrcRect {
  const [xOff = 0, yOff = 0, xSize = 0, ySize = 0] = rects.subarray(at, at + 4);
  return { xOff, yOff, xSize, ySize };
}

const NO_RECT: SrcRect = { xOff: 0, yOff: 0, xSize: 0, ySize: 0 };
const FIRST_CAPACITY = 16;

/** Collects sources of which there may be a million. */
export class SourceTableBuilder {
  #count = 0;
  readonly #templates: VrtSource[] = [];
  /** By `templateKey`; of those without VRTs inside, which are not compared. */
  readonly #templateIndex = new Map<string, number>();
  readonly #filenames: string[] = [];
  #template = new Uint32Array(0);
  #sizes = new Int32Array(0);
  #rects = new Float64Array(0);

  get templateCount(): number {
    return this.#templates.length;
  }

  /** @returns index of the source's template where all columns count and none of it is a VRT; else null */
  add(source: VrtSource): number | null {
    const { sourceFilename, sourceProperties, srcRect, dstRect } = source;
    const template = {
      ...source,
      sourceFilename: sourceFilename && { ...sourceFilename, filename: '' },
      sourceProperties: sourceProperties && { ...sourceProperties, rasterXSize: 0, rasterYSize: 0 },
      srcRect: srcRect && NO_RECT,
      dstRect: dstRect && NO_RECT,
    };
    const isPlain = template.vrtDataset === null;
    const index = (isPlain ? this.#indexOf(template) : null) ?? this.#addTemplate(template, isPlain);
    const { rasterXSize = 0, rasterYSize = 0 }: Partial<SourceProperties> = sourceProperties ?? {};
    const [src, dst] = [srcRect ?? NO_RECT, dstRect ?? NO_RECT];
    this.addRow(index, sourceFilename?.filename ?? '', rasterXSize, rasterYSize);
    this.#rects.set(
      [src.xOff, src.yOff, src.xSize, src.ySize, dst.xOff, dst.yOff, dst.xSize, dst.ySize],
      8 * this.#count - 8,
    );
    const hasAllColumns = sourceFilename !== null && sourceProperties !== null && srcRect !== null && dstRect !== null;
    return isPlain && hasAllColumns ? index : null;
  }

  /** A source of a template that is there already. Its rectangles are set with {@link setRect}. */
  addRow(template: number, filename: string, rasterXSize: number, rasterYSize: number): void {
    const row = this.#count;
    if (row === this.#template.length) this.#grow();
    this.#count += 1;
    this.#template[row] = template;
    this.#filenames.push(own(filename));
    this.#sizes[2 * row] = rasterXSize;
    this.#sizes[2 * row + 1] = rasterYSize;
  }

  /** Number `at` of the last row's rectangles: 0 to 3 of SrcRect, 4 to 7 of DstRect. */
  setRect(at: number, value: number): void {
    this.#rects[8 * (this.#count - 1) + at] = value;
  }

  finish(): SourceTable {
    const count = this.#count;
    return {
      count,
      templates: this.#templates,
      template: this.#template.slice(0, count),
      filenames: this.#filenames,
      sizes: this.#sizes.slice(0, 2 * count),
      rects: this.#rects.slice(0, 8 * count),
    };
  }

  /** Most sources have the template of the one before. */
  #indexOf(template: VrtSource): number | null {
    if (this.#count > 0) {
      const last = this.#template[this.#count - 1] ?? 0;
      if (isSame(this.#templates[last], template)) return last;
    }
    return this.#templateIndex.get(templateKey(template)) ?? null;
  }

  #addTemplate(template: VrtSource, isPlain: boolean): number {
    const index = this.#templates.push(template) - 1;
    if (isPlain) this.#templateIndex.set(templateKey(template), index);
    return index;
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, Math.ceil(this.#template.length * 1.5));
    const [template, sizes, rects] = [this.#template, this.#sizes, this.#rects];
    this.#template = new Uint32Array(capacity);
    this.#template.set(template);
    this.#sizes = new Int32Array(2 * capacity);
    this.#sizes.set(sizes);
    this.#rects = new Float64Array(8 * capacity);
    this.#rects.set(rects);
  }
}

/** Equal for equal templates. */
function templateKey(template: VrtSource): string {
  const properties = Object.entries(template).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(properties, (_, value: unknown) => {
    if (typeof value === 'bigint') return { bigint: `${value}` };
    if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
    return { number: Object.is(value, -0) ? '-0' : `${value}` };
  });
}

/** Whether two values of plain data are equal, -0 and NaN told apart as `Object.is` does. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const keys = Object.keys(a) as (keyof typeof a)[];
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]));
}
