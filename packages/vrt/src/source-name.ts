import type { SourceFile } from './write.ts';

/** Where a VRT and one of its sources are, as names that GDAL opens: paths with `/`, `/vsi...` names or URLs. */
export interface SourceLocation {
  /** The VRT that is going to be written. */
  readonly vrt: string;
  readonly source: string;
  /** The absolute folder that relative names start from. */
  readonly folder: string;
}

/**
 * How a VRT best names a source: relative to its own folder, with `..` where needed, so that both can be moved
 * together; absolute where no relative path leads from one to the other. Symbolic links are not followed, which GDAL
 * does for the VRT's own name: give real paths where there may be any.
 */
export function relativeSourceName({ vrt, source, folder }: SourceLocation): SourceFile {
  const from = rooted(vrt, folder);
  const to = rooted(source, folder);
  if (from === null || to === null || from.root !== to.root) {
    return {
      filename: isAbsolute(source) || to === null ? source : `${to.root}${to.steps.join('/')}`,
      relativeToVrt: false,
    };
  }
  const folders = from.steps.slice(0, -1);
  let shared = 0;
  while (shared < folders.length && shared < to.steps.length - 1 && folders[shared] === to.steps[shared]) shared += 1;
  const up = folders.slice(shared).map(() => '..');
  return { filename: [...up, ...to.steps.slice(shared)].join('/'), relativeToVrt: true };
}

/**
 * How gdalbuildvrt names a source: relative to the VRT's folder only where the source's name begins with the folder's
 * character by character. Otherwise the name is kept as it was given, which breaks as soon as a relative one is read
 * from another folder (https://github.com/OSGeo/gdal/issues/8632).
 */
export function compatibleSourceName({ vrt, source, folder }: SourceLocation): SourceFile {
  const vrtFolder = vrt.slice(0, Math.max(vrt.lastIndexOf('/'), 0));
  if (vrtFolder === '' || vrtFolder === '.') {
    if (!isAbsolute(vrt)) return { filename: source, relativeToVrt: !isAbsolute(source) };
  }
  const areBothOneKind = isAbsolute(vrt) === isAbsolute(source);
  const prefix = areBothOneKind || isAbsolute(vrt) ? vrtFolder : `${folder}/${vrtFolder}`;
  const name = areBothOneKind || isAbsolute(source) ? source : `${folder}/${source}`;
  return name.startsWith(`${prefix}/`)
    ? { filename: name.slice(prefix.length + 1), relativeToVrt: true }
    : { filename: name, relativeToVrt: false };
}

/** `C:\`, `C:/`, `s3://`, `/`. */
const ABSOLUTE = /^(?:\/|[a-z]:[\\/]|[a-z][a-z0-9+.-]*:\/\/)/i;

/** What paths can be relative within: a server or bucket and its prefix, a drive, the file system. */
const ROOT = /^(?:\/vsi[a-z0-9_]+\/(?:[a-z]+:\/\/)?[^/]*\/|[a-z]:[\\/]|[a-z][a-z0-9+.-]*:\/\/[^/]*\/|\/)/i;

function isAbsolute(name: string): boolean {
  return ABSOLUTE.test(name);
}

/** A name as its root and the steps from there, without `.` and `..`; null where it leads above its root. */
function rooted(name: string, folder: string): { root: string; steps: readonly string[] } | null {
  const absolute = isAbsolute(name) ? name : `${folder}/${name}`;
  const root = ROOT.exec(absolute)?.[0];
  if (root === undefined) return null;
  const steps: string[] = [];
  for (const step of absolute.slice(root.length).split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return null;
  }
  return { root, steps };
}
