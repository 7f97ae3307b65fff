/** Files of one drop that are taken, in all folders together. */
const MOST_FILES = 10_000;
/** What systems leave in folders. */
const HIDDEN = /^\.|^(thumbs\.db|desktop\.ini)$/i;

/** The files that were dropped, those in folders that were dropped included. Call it while the event is handled. */
export async function droppedFiles(dropped: DataTransfer): Promise<readonly File[]> {
  // The list is emptied when the event is over (HTML standard, "drag data store mode"): all of it is looked at first.
  const entries = [...dropped.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (!entries.some(({ isDirectory }) => isDirectory)) return [...dropped.files];
  const files: File[] = [];
  const folders: FileSystemEntry[] = [...entries];
  for (let entry = folders.shift(); entry !== undefined && files.length < MOST_FILES; entry = folders.shift()) {
    if (isFolder(entry)) folders.push(...(await entriesOf(entry)));
    else if (isFile(entry) && !HIDDEN.test(entry.name)) files.push(await fileOf(entry));
  }
  return files;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader hands out some at a time, and none at the end (File and Directory Entries API, 7.3). */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
