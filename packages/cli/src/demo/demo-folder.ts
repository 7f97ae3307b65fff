import { join } from 'node:path';

export const DEFAULT_DEMO_FOLDER = '.inlay-demo';

/** Where the demo keeps what; all paths absolute where `root` is. */
export interface DemoFolder {
  readonly root: string;
  /** The rasters it cuts, and the VRTs it downloads beside them. */
  readonly scenes: string;
  /** The data folder of the server it starts. */
  readonly data: string;
}

export function demoFolder(root: string): DemoFolder {
  return { root, scenes: join(root, 'scenes'), data: join(root, 'data') };
}
