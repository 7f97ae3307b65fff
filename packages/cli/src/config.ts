import { join, resolve } from 'node:path';
import { DEFAULT_DEMO_FOLDER } from './demo/demo-folder.ts';

/** What the command line takes from the environment. Everything else with this prefix is the server's. */
export interface CliConfig {
  /** `INLAY_URL`: the server to talk to. */
  readonly url: string | null;
  /** `INLAY_TOKEN`: the token to talk to it with. */
  readonly token: string | null;
  /** Folders in which a server of this machine may have left its address, the likeliest first; absolute. */
  readonly dataFolders: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment as the command line sees it. `INLAY_DATA_DIR` is the server's setting: where it is set for the
 * commands too, they find the server that runs on that folder.
 *
 * @param workingFolder the folder that relative paths start from
 */
export function readCliConfig(environment: Environment, workingFolder: string): CliConfig {
  const value = (name: string) => environment[name]?.trim() || null;
  const dataFolder = value('INLAY_DATA_DIR');
  const folders = dataFolder === null ? ['.inlay', join(DEFAULT_DEMO_FOLDER, 'data')] : [dataFolder];
  return {
    url: value('INLAY_URL'),
    token: value('INLAY_TOKEN'),
    dataFolders: folders.map((folder) => resolve(workingFolder, folder)),
  };
}
