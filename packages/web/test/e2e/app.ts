import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@inlay/sdk';
import { startServer } from '@inlay/server';

/** A server of its own for a journey, with the built web application. */
export interface App {
  readonly url: string;
  /** The API, as the first administrator. */
  readonly admin: Client;
  /** The path of a page that signs its visitor in as the administrator, once. */
  signInPath(): Promise<string>;
  /** Catalogues a raster; returns its id. */
  addRaster(
    bytes: Uint8Array<ArrayBuffer>,
    fields: { title: string; visibility?: 'private' | 'public' },
  ): Promise<string>;
  close(): Promise<void>;
}

export interface AppOptions {
  /** Folders and URL prefixes whose rasters may be registered in place. */
  readonly sourceRoots?: readonly string[];
}

/** Starts a server on a free port, with an empty catalogue. Close it in `after`. */
export async function startApp({ sourceRoots = [] }: AppOptions = {}): Promise<App> {
  const dataDir = await mkdtemp(join(tmpdir(), 'inlay-web-'));
  const running = await startServer({
    env: { PATH: process.env['PATH'] },
    overrides: {
      dataDir,
      port: 0,
      logLevel: 'error',
      storage: { kind: 'file', directory: join(dataDir, 'objects') },
      sourceRoots,
    },
  });
  const admin = createClient(running.url, { token: running.adminToken });
  return {
    url: running.url,
    admin,
    async signInPath() {
      const { url } = await admin.createSignInLink();
      return url.slice(new URL(url).origin.length);
    },
    async addRaster(bytes, { title, visibility = 'private' }) {
      const { job_id: id } = await admin.uploadRaster(new Blob([bytes]), {
        filename: 'raster.tif',
        commit: { title, visibility },
      });
      const { dataset_id: datasetId, error_message: problem } = await admin.waitForJob(id);
      if (datasetId === null) throw new Error(`${title}: ${problem}`);
      return datasetId;
    },
    async close() {
      await running.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
