import { VrtError } from './error.ts';
import type { VrtDataset } from './model.ts';
import { DATASET, isSourceName, SOURCE, type StreamedBand, withSources } from './model-form.ts';
import { PlainSources } from './plain-sources.ts';
import { SourceTableBuilder } from './source-table.ts';
import { tooLarge, type XmlHandler, type XmlLimits, XmlScanner } from './xml.ts';
import { isElement, type XmlAttribute, type XmlElement, type XmlNode } from './xml-node.ts';

/** What a document may have; beyond it is `vrt/too-large`. */
export interface ParseLimits extends XmlLimits {
  /** Elements, attributes, texts and comments outside of plain sources: each takes some 100 bytes of memory. */
  readonly maxNodes: number;
  /** Sources of all bands together: each takes some 150 bytes. */
  readonly maxSources: number;
}

const MEGA = 1_000_000;

/** Enough for three bands of 700,000 sources each, and for every palette and attribute table that GDAL's drivers write. */
export const DEFAULT_PARSE_LIMITS: ParseLimits = {
  maxLength: 1000 * MEGA,
  maxTokenLength: 16 * MEGA,
  maxDepth: 64,
  maxAttributes: 256,
  maxNodes: 2 * MEGA,
  maxSources: 3 * MEGA,
};

/**
 * The model of a VRT document. Reads as it comes: neither the text nor anything per source but its row is held, in
 * whatever chunks the text comes (for speed, some ten kilobytes). The text is decoded already; a byte order mark is
 * skipped, and the encoding of an XML declaration plays no part. No file that the document names is opened.
 *
 * Strict where GDAL is lax: it must be well-formed XML, without a document type declaration.
 *
 * @throws {VrtError} `vrt/malformed-xml`, `vrt/not-a-vrt`, `vrt/too-large`; of a promise, as its rejection
 */
export function parseVrt(chunks: Iterable<string>, limits?: Partial<ParseLimits>): VrtDataset;
export function parseVrt(chunks: AsyncIterable<string>, limits?: Partial<ParseLimits>): Promise<VrtDataset>;
export function parseVrt(
  chunks: Iterable<string> | AsyncIterable<string>,
  limits: Partial<ParseLimits> = {},
): VrtDataset | Promise<VrtDataset> {
  const reader = new VrtReader({ ...DEFAULT_PARSE_LIMITS, ...limits });
  // A string is an iterable of its characters, and one chunk.
  if (typeof chunks === 'string') return parseVrt([chunks], limits);
  if (Symbol.asyncIterator in chunks) return readAll(reader, chunks);
  for (const chunk of chunks) reader.scanner.write(chunk);
  return reader.finish();
}

async function readAll(reader: VrtReader, chunks: AsyncIterable<string>): Promise<VrtDataset> {
  for await (const chunk of chunks) reader.scanner.write(chunk);
  return reader.finish();
}

/** An element that is being read. */
interface Draft extends XmlElement {
  readonly children: XmlNode[];
  /** Where its sources go, of a band of the document's dataset. Else null, and sources are children. */
  readonly streamed: StreamedSources | null;
  /** Nodes in the document before it. */
  readonly nodesBefore: number;
}

interface StreamedSources {
  readonly table: SourceTableBuilder;
  readonly plain: PlainSources;
}

/** A band, and a source's template, without anything in it take as much memory as so many nodes. */
const NODES_OF_BAND = 16;
const NODES_OF_TEMPLATE = 8;

class VrtReader implements XmlHandler {
  readonly scanner: XmlScanner;
  readonly #limits: ParseLimits;
  readonly #open: Draft[] = [];
  #root: Draft | null = null;
  #nodeCount = 0;
  #sourceCount = 0;

  constructor(limits: ParseLimits) {
    this.#limits = limits;
    this.scanner = new XmlScanner(this, limits);
  }

  finish(): VrtDataset {
    this.scanner.end();
    const dataset = this.#root === null ? undefined : DATASET.read(this.#root);
    if (dataset === undefined) throw new RangeError('the scanner let a document without an element pass');
    return { ...dataset, others: dataset.others.map(withoutTables) };
  }

  open(name: string, attributes: readonly XmlAttribute[]): void {
    if (this.#open.length === 0 && name !== 'VRTDataset') {
      const start = name.slice(0, 100);
      throw new VrtError('vrt/not-a-vrt', `the document element is <${start}>, expected <VRTDataset>`, {
        details: { name: start },
      });
    }
    const nodesBefore = this.#nodeCount;
    this.#count(1 + attributes.length);
    const draft: Draft = { name, attributes, children: [], streamed: this.#streamed(name), nodesBefore };
    this.#root ??= draft;
    this.#open.push(draft);
  }

  /** Of the bands of the document's dataset, and of its mask. */
  #streamed(name: string): StreamedSources | null {
    const depth = this.#open.length;
    const isBand = name === 'VRTRasterBand' && (depth === 1 || (depth === 2 && this.#open[1]?.name === 'MaskBand'));
    if (!isBand) return null;
    this.#count(NODES_OF_BAND);
    const table = new SourceTableBuilder();
    return { table, plain: new PlainSources(table) };
  }

  close(): void {
    const draft = this.#open.pop();
    const parent = this.#open.at(-1);
    if (draft === undefined || parent === undefined) return;
    if (parent.streamed !== null && isSourceName(draft.name)) {
      this.#addSource(parent.streamed, draft);
      return;
    }
    const { name, attributes, children, streamed } = draft;
    const element = { name, attributes, children };
    const band: StreamedBand | null = streamed && { ...element, sources: streamed.table.finish() };
    parent.children.push(band ?? element);
  }

  #addSource({ table, plain }: StreamedSources, draft: Draft): void {
    const { templateCount } = table;
    const template = table.add(SOURCE.read(draft));
    if (template !== null) plain.learn(template);
    // Of a source whose template was there before, only the row is kept.
    if (table.templateCount === templateCount) this.#nodeCount = draft.nodesBefore;
    else this.#count(NODES_OF_TEMPLATE);
    this.#countSource();
  }

  shortcut(buffer: string, at: number): number {
    const streamed = this.#open.at(-1)?.streamed;
    if (streamed == null) return at;
    const end = streamed.plain.read(buffer, at);
    if (end !== at) this.#countSource();
    return end;
  }

  text(text: string): void {
    this.#push(text);
  }

  comment(text: string): void {
    this.#push({ comment: text });
  }

  instruction(text: string): void {
    this.#push({ instruction: text });
  }

  /** What stands beside the document element is not kept: to GDAL it is nothing. */
  #push(node: XmlNode): void {
    this.#count(1);
    this.#open.at(-1)?.children.push(node);
  }

  #count(nodes: number): void {
    this.#nodeCount += nodes;
    if (this.#nodeCount > this.#limits.maxNodes) throw tooLarge('maxNodes', this.#limits.maxNodes);
  }

  #countSource(): void {
    this.#sourceCount += 1;
    if (this.#sourceCount > this.#limits.maxSources) throw tooLarge('maxSources', this.#limits.maxSources);
  }
}

/** Bands that were streamed and then could not be read as bands, such as those of a second mask, as XML again. */
function withoutTables(node: XmlNode): XmlNode {
  if (!isElement(node)) return node;
  const { name, attributes, children } = withSources(node);
  return { name, attributes, children: children.map((child) => (isElement(child) ? withSources(child) : child)) };
}
