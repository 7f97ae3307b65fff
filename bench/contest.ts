import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GdalBuild, type PeerRun, type PeerTuning, placesOf, runPeer, writeFileList } from './gdal.ts';

/** A peer's runs beside ours. */
export interface Contest {
  readonly name: string;
  readonly runs: readonly PeerRun[];
  /** Runs the peer once. @throws Error where its VRT shows anything else than `document` */
  run(document: Uint8Array | undefined): Promise<void>;
}

const TUNINGS: readonly PeerTuning[] = ['plain', 'tuned'];

/** Every peer, plain and tuned, on the same files. What is written goes to `folder`. */
export async function createContests(
  peers: readonly GdalBuild[],
  tiles: readonly string[],
  folder: string,
): Promise<Contest[]> {
  const fileList = join(folder, 'tiles.txt');
  await writeFileList(fileList, tiles);
  return peers.flatMap((peer) => TUNINGS.map((tuning) => createContest(peer, tuning, fileList, folder)));
}

function createContest(peer: GdalBuild, tuning: PeerTuning, fileList: string, folder: string): Contest {
  const runs: PeerRun[] = [];
  return {
    name: `${peer.version} ${tuning}`,
    runs,
    async run(document = new Uint8Array()) {
      const ours = join(folder, 'inlay.vrt');
      const theirs = join(folder, 'peer.vrt');
      runs.push(await runPeer(peer, tuning, theirs, fileList));
      await writeFile(ours, document);
      if ((await placesOf(ours)) !== (await placesOf(theirs))) throw new Error(`${peer.version} made another VRT`);
    },
  };
}
