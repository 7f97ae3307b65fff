import assert from 'node:assert/strict';
import { Dice } from '@inlay/testing';

// A catalogue in miniature, as it is expected to be: what a simple program would remember of rasters and virtual rasters.

/** What is done, chosen by numbers: whatever they are, they mean something, so that any part of a sequence is one too. */
export interface Operation {
  readonly kind:
    | 'add'
    | 'remove'
    | 'order'
    | 'regenerate'
    | 'roll back'
    | 'two at once'
    | 'replace a raster'
    | 'delete a raster'
    | 'delete'
    | 'create'
    | 'kill while it changes'
    | 'restart';
  readonly a: number;
  readonly b: number;
}

export interface Raster {
  readonly path: string;
  readonly title: string;
  readonly column: number;
  /** Null once it is deleted. */
  id: string | null;
  version: number;
  /** Of all its pixels. */
  value: number;
}

/** A raster as a build was made of it. */
export interface Member {
  readonly id: string;
  readonly version: number;
  /** Of all its pixels then. */
  readonly value: number;
}

export interface Generation {
  readonly id: string;
  readonly jobId: string;
  readonly number: number;
  readonly members: readonly Member[];
}

export interface Vrt {
  readonly id: string;
  readonly title: string;
  shown: Generation;
  /** Those that are kept, newest first. */
  kept: readonly Generation[];
  lastNumber: number;
  /** Of the last build. */
  newestJob: string;
}

/** Pixels of each side of a raster, all of one value. */
export const TILE = 8;
/** Rasters lie in a row of so many places, some on top of each other. */
export const COLUMNS = 4;
/** How many builds of each virtual raster are kept. */
const KEPT = 10;

/** A request that changes a virtual raster, how it is to be answered, and its sources if it is accepted. */
export interface Change {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly status: number;
  readonly ids: readonly string[];
}

export class WorldModel {
  readonly rasters: Raster[] = [];
  readonly vrts: Vrt[] = [];

  rasterOf(id: string): Raster {
    const raster = this.rasters.find((candidate) => candidate.id === id);
    assert.ok(raster, `there is no raster ${id}`);
    return raster;
  }

  /** Of the rasters that there are. */
  ids(): string[] {
    return this.rasters.flatMap(({ id }) => id ?? []);
  }

  /** As they are now. */
  members(ids: readonly string[]): Member[] {
    return ids.map((id) => {
      const { version, value } = this.rasterOf(id);
      return { id, version, value };
    });
  }

  isCurrent({ id, version }: Member): boolean {
    return this.rasterOf(id).version === version;
  }

  /** Those of a build whose raster was deleted. */
  gone({ members }: Generation): string[] {
    return members.map(({ id }) => id).filter((id) => !this.rasters.some((raster) => raster.id === id));
  }

  /** The virtual rasters that show a raster. */
  usersOf(id: string): Vrt[] {
    return this.vrts.filter(({ shown }) => shown.members.some((member) => member.id === id));
  }

  /** A build was published: it is what is shown now. */
  publish(vrt: Vrt, generation: Generation): void {
    assert.equal(generation.number, vrt.lastNumber + 1);
    vrt.lastNumber = generation.number;
    vrt.newestJob = generation.jobId;
    vrt.kept = [generation, ...vrt.kept].slice(0, KEPT);
    vrt.shown = generation;
  }

  changeOf(vrt: Vrt, kind: 'add' | 'remove' | 'order' | 'regenerate', raster: Raster, b: number): Change {
    const ids = vrt.shown.members.map((member) => member.id);
    const sources = `/api/ingest/vrt/${vrt.id}/sources/`;
    if (kind === 'add') {
      const id = raster.id ?? '00000000-0000-4000-8000-000000000000';
      const position = b % 3 === 0 ? b % (ids.length + 1) : ids.length;
      const status = raster.id === null ? 422 : ids.includes(id) ? 409 : 202;
      const body = { source_dataset_id: id, ...(b % 3 === 0 ? { position } : {}) };
      return { method: 'POST', path: sources, body, status, ids: ids.toSpliced(position, 0, id) };
    }
    if (kind === 'remove') {
      const id = ids[b % ids.length] as string;
      const status = ids.length <= 2 ? 422 : 202;
      return { method: 'DELETE', path: `${sources}${id}/`, status, ids: ids.filter((other) => other !== id) };
    }
    if (kind === 'order') {
      const dice = new Dice(b);
      const all = this.ids();
      const chosen = dice.shuffled(all).slice(0, dice.integer(2, all.length));
      return { method: 'PUT', path: sources, body: { source_dataset_ids: chosen }, status: 202, ids: chosen };
    }
    return { method: 'POST', path: `/api/datasets/${vrt.id}/vrt/regenerate/`, status: 202, ids };
  }
}
