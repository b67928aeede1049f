import type { Readable } from 'node:stream';
import { decodeName } from '../lib/byteNames.js';
import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import type { Host } from './host.js';
import { createScriptCommand } from './quoting.js';
import { runOnHost, type RunResult } from './runOnHost.js';
import { forEachYielding } from '../lib/yielding.js';
import { neverAborted } from '../lib/abort.js';
import { dayMs, hourMs } from '../lib/time.js';

/** Access to the files of a host. */
export interface HostFileSystem {
  readonly host: Host;
  readonly clock: Clock;
  /** The title of the connection, for errors. */
  readonly place: string;
}

/** Timeouts for listing files, for sending them, and for deleting a partial upload, in milliseconds. */
const listTimeoutMs = 60_000;
const uploadTimeoutMs = 6 * hourMs;
const cleanupTimeoutMs = 20_000;

/** A file to write. */
export interface FileUpload {
  /** Path below the folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

/**
 * Creates a folder below `root` (absolute, or below the home folder with `~/`) that only its user can access,
 * and writes files into it. Their modification times are set to the beginning of 1970, so that files changed
 * by the job can be identified. On failure the folder is deleted.
 *
 * @param tar - A gzipped tar; the content of its one root folder is unpacked into `work`. Undefined: `work`
 * is empty.
 * @returns The folder's absolute path.
 * @throws {@link JobError} of kind `diskFull`, `refused`, `offline`.
 */
export async function createJobFolder(
  files: HostFileSystem,
  root: string,
  name: string,
  contents: { readonly tar?: Readable; readonly files: readonly FileUpload[] },
  signal: AbortSignal,
): Promise<string> {
  const { host, place } = files;
  const { tar } = contents;
  try {
    const command = createScriptCommand(createFolderScript, root, name, tar ? 'tar' : '');
    const made = await runOnHost(
      host,
      command,
      { ...files, ms: uploadTimeoutMs, ...(tar ? { input: tar } : {}) },
      signal,
    );
    throwIfFailed(made, root, place);
    const folder = made.output.replace(/\n$/, '');
    for (const file of contents.files) await writeHostFile(files, folder, file, signal);
    return folder;
  } catch (error) {
    // Deletes the folder after any failure, even if the response with its path was lost; it is not used
    // otherwise.
    await runOnHost(
      host,
      createScriptCommand(discardFolderScript, root, name),
      { ...files, ms: cleanupTimeoutMs },
      neverAborted,
    ).catch(() => undefined);
    throw error;
  }
}

/**
 * Writes one file into a folder that {@link createJobFolder} created, in the same way. @throws as
 * {@link createJobFolder}.
 */
export async function writeHostFile(
  files: HostFileSystem,
  folder: string,
  { path, text }: FileUpload,
  signal: AbortSignal,
): Promise<void> {
  const command = createScriptCommand(writeFileScript, folder, path);
  throwIfFailed(
    await runOnHost(files.host, command, { ...files, ms: listTimeoutMs, input: text }, signal),
    folder,
    files.place,
  );
}

/** The beginning of 1970 in any time zone. A job is unlikely to create files with such times. */
const uploadTimestamp = '197001020000';

/** The start of a script whose first argument can start with `~/`: sets `$root` to its absolute path. */
export const resolveRootScript = `
root=$1
case $root in "~") root=$HOME;; "~/"*) root=$HOME/\${root#"~/"};; esac
`;

/** If it is interrupted, it deletes the folder. Unpacked files belong to the current user. */
const createFolderScript = `
umask 077
${resolveRootScript}
mkdir -p -- "$root" || exit 71
d=$root/$2
trap 'rm -rf -- "$d"; exit 72' HUP INT TERM
mkdir -- "$d" "$d/work" || exit 71
if [ -n "$3" ]; then
  tar -xzof - --strip-components=1 -C "$d/work" || { rm -rf -- "$d"; exit 72; }
fi
cd -- "$d" && pwd -P
`;
const discardFolderScript = `
${resolveRootScript}
rm -rf -- "$root/$2"
`;
const writeFileScript = `
umask 077
cd -- "$1" || exit 71
case $2 in */*) mkdir -p -- "\${2%/*}" || exit 71;; esac
cat > "./$2" || exit 72
case $2 in *.sh) chmod 700 "./$2";; esac
touch -t ${uploadTimestamp} "./$2"
`;

/** Deletes a folder that {@link createJobFolder} created. */
export async function removeFolder(
  files: HostFileSystem,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['rm', '-rf', '--', folder];
  throwIfFailed(
    await runOnHost(files.host, { argv }, { ...files, ms: listTimeoutMs }, signal),
    folder,
    files.place,
  );
}

/**
 * Copies the files of a folder that were not changed since they were written into another existing folder.
 * Returns their number. @throws as {@link createJobFolder}.
 */
export async function copyUnchangedFiles(
  files: HostFileSystem,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<number> {
  const ran = await runOnHost(
    files.host,
    createScriptCommand(copyFilesScript, from, to),
    { ...files, ms: uploadTimeoutMs },
    signal,
  );
  if (ran.code === 71) return 0;
  throwIfFailed(ran, to, files.place);
  return Number(ran.output.trim());
}

/** Folders are copied as well, since some can be empty. */
const copyFilesScript = `
umask 077
cd -- "$1" 2>/dev/null || exit 71
find . -type d -exec sh -c 'to=$1; shift; for d; do mkdir -p -- "$to/$d" || exit 1; done' sh "$2" {} + || exit 72
find . -type f ! -newermt 1970-01-04 -exec sh -c 'to=$1; shift; for f; do cp -p -- "$f" "$to/$f" || exit 1; done' sh "$2" {} + || exit 72
find "$2" -type f -printf . | wc -c
`;

/** A file of a host. */
export interface HostFileInfo {
  /** Path below the folder, with `/`; bytes that are not UTF-8 are encoded as in `byteNames.ts`. */
  readonly path: string;
  readonly bytes: number;
  /** True: not changed since it was written. */
  readonly isUnchanged: boolean;
}

/**
 * Lists all regular files below a folder, unordered; undefined if the folder does not exist.
 *
 * @throws {@link JobError} of kind `badAnswer` if there are more than about half a million.
 */
export async function listFilesRecursive(
  files: HostFileSystem,
  folder: string,
  signal: AbortSignal,
): Promise<readonly HostFileInfo[] | undefined> {
  const found = await runOnHost(
    files.host,
    createScriptCommand(listFilesScript, folder),
    toListingOptions(files),
    signal,
  );
  return found.code === 71 ? undefined : parseFileList(found, folder, files.place);
}

/**
 * Lists the regular files below any folder that were written between two times. Skips hidden ones and other
 * file systems.
 *
 * @returns and @throws as {@link listFilesRecursive}.
 */
export async function listModifiedFiles(
  files: HostFileSystem,
  folder: string,
  between: { readonly since: Date; readonly until: Date },
  signal: AbortSignal,
): Promise<readonly HostFileInfo[] | undefined> {
  const [since = '', until = ''] = [between.since, between.until].map((time) =>
    (time.getTime() / 1000).toFixed(0),
  );
  const command = createScriptCommand(listModifiedScript, folder, since, until);
  const found = await runOnHost(files.host, command, toListingOptions(files), signal);
  return found.code === 71 ? undefined : parseFileList(found, folder, files.place);
}

/** Names are bytes, which latin1 preserves. */
const toListingOptions = (files: HostFileSystem) =>
  ({ ...files, ms: listTimeoutMs, encoding: 'latin1' }) as const;

async function parseFileList(
  found: RunResult,
  folder: string,
  place: string,
): Promise<readonly HostFileInfo[]> {
  throwIfFailed(found, folder, place);
  const all: HostFileInfo[] = [];
  await forEachYielding(found.output.split('\0'), (entry) => {
    const [, bytes, seconds, path] = /^(\d+) (-?\d+)(?:\.\d*)? (.+)$/s.exec(entry) ?? [];
    if (path === undefined) return;
    const name = decodeName(Buffer.from(path, 'latin1'));
    all.push({ path: name, bytes: Number(bytes), isUnchanged: Number(seconds) < (3 * dayMs) / 1000 });
  });
  return all;
}

/** If a file disappears or a folder is not accessible, find exits with 1; all other files are listed. */
const listFilesScript = `
cd -- "$1" 2>/dev/null || exit 71
find . -type f -printf '%s %T@ %P\\0' || [ $? -eq 1 ]
`;

const listModifiedScript = `
cd -- "$1" 2>/dev/null || exit 71
find . -xdev -name '.?*' -prune -o -type f -newermt "@$2" ! -newermt "@$3" -printf '%s %T@ %P\\0' || [ $? -eq 1 ]
`;

/** The text of a small file; undefined if it does not exist. */
export async function readTextFile(
  files: HostFileSystem,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const command = createScriptCommand('[ -f "$1" ] || exit 71; head -c "$2" -- "$1"', path, String(maxBytes));
  const read = await runOnHost(files.host, command, { ...files, ms: listTimeoutMs }, signal);
  if (read.code === 71) return undefined;
  throwIfFailed(read, path, files.place);
  return read.output;
}

/** @throws {@link JobError} if a script failed. */
function throwIfFailed({ code, errors }: RunResult, path: string, place: string): void {
  if (code === 0) return;
  if (/No space left|quota exceeded|Disk quota/i.test(errors))
    throw new JobError({ kind: 'diskFull', path: `${place}: ${path}` });
  const words = errors.trim().split('\n').at(-1) ?? '';
  throw new JobError({ kind: 'refused', place, words: words === '' ? `exit code ${String(code)}` : words });
}
