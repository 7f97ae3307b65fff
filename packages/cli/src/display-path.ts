import { relative } from 'node:path';

/** How a path is shown: from the working folder where that is shorter, else as it is. */
export function displayPath(workingFolder: string, path: string): string {
  const fromHere = relative(workingFolder, path);
  if (fromHere === '') return '.';
  return fromHere.length < path.length ? fromHere : path;
}
