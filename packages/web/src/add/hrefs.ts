/** The paths and URLs of a text, one a line, each once; blank lines and what stands behind a `#` at a line's start are left out. */
export function hrefsOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
}

/** What can be said of places to register before the server is asked. */
export interface HrefTally {
  readonly paths: number;
  readonly urls: number;
  /** `s3://bucket/...` */
  readonly objects: number;
  /** Neither a URL nor an absolute path. */
  readonly others: number;
}

export function tallyOfHrefs(hrefs: readonly string[]): HrefTally {
  const tally = { paths: 0, urls: 0, objects: 0, others: 0 };
  for (const href of hrefs) {
    if (/^https?:\/\//i.test(href)) tally.urls += 1;
    else if (/^s3:\/\//i.test(href)) tally.objects += 1;
    else if (/^(\/|[a-z]:[\\/])/i.test(href)) tally.paths += 1;
    else tally.others += 1;
  }
  return tally;
}

/** Why a place cannot be registered as a folder or a part of a bucket; null where that is the server's to say. */
export function folderFault(text: string): string | null {
  const { urls, others } = tallyOfHrefs(hrefsOf(text));
  if (urls > 0) return 'A web server does not say what it has. Give the address of each raster, under “A list”.';
  return others > 0 ? 'Give the whole path, from the root: /data/sentinel-2, or s3://bucket/prefix/.' : null;
}

/** Why some places of a list cannot be registered; null where that is the server's to say. */
export function listFault(hrefs: readonly string[]): string | null {
  const { others } = tallyOfHrefs(hrefs);
  const first = hrefs.find((href) => tallyOfHrefs([href]).others === 1);
  return others > 0 && first !== undefined ? `“${first}” is neither a whole path nor a URL.` : null;
}
