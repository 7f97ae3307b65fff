/** What `gdalbuildvrt` calls the options of `build`, how many values follow, and what they are here. */
const GDAL_WORDS: Readonly<Record<string, readonly [option: string, values: number]>> = {
  '-separate': ['--separate', 0],
  '-resolution': ['--resolution', 1],
  '-tr': ['--resolution', 2],
  '-tap': ['--align', 0],
  '-te': ['--bounds', 4],
  '-b': ['--bands', 1],
  '-srcnodata': ['--source-nodata', 1],
  '-vrtnodata': ['--nodata', 1],
  '-hidenodata': ['--hide-nodata', 0],
  '-addalpha': ['--add-alpha', 0],
  '-ignore_srcmaskband': ['--ignore-source-masks', 0],
  '-nodata_max_mask_threshold': ['--mask-threshold', 1],
  '-r': ['--resampling', 1],
  '-a_srs': ['--assign-crs', 1],
  '-allow_projection_difference': ['--allow-crs-difference', 0],
};

/**
 * Translates the single-dash options that `gdalbuildvrt` users have in their fingers (`-separate`, `-tr 10 10`), which
 * would otherwise read as bundled letters. For `build` only.
 */
export function gdalWords(args: readonly string[]): string[] {
  if (args[0] !== 'build') return [...args];
  const translated: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const word = Object.hasOwn(GDAL_WORDS, arg) ? GDAL_WORDS[arg] : undefined;
    if (word === undefined) {
      translated.push(arg);
      continue;
    }
    const [option, count] = word;
    const values = args.slice(index + 1, index + 1 + count);
    translated.push(option, ...(count === 0 ? [] : [values.join(',')]));
    index += count;
  }
  return translated;
}
