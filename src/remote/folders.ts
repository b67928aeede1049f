import type { Readable } from 'node:stream';
import { decodeName } from '../lib/byteNames.js';
import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import type { Host } from './host.js';
import { scripted } from './quoting.js';
import { run, type Ran } from './run.js';
import { inTurns } from '../lib/turns.js';
import { neverAborted } from '../lib/abort.js';
import { dayMs, hourMs } from '../lib/time.js';

/** What is needed to work with the files of a host. */
export interface HostFiles {
  readonly host: Host;
  readonly clock: Clock;
  /** As users know the place, for problems. */
  readonly place: string;
}

/** How long a look at files may take, how long sending them, and taking back what was sent, in milliseconds. */
const lookMs = 60_000;
const sendMs = 6 * hourMs;
const leaveMs = 20_000;

/** A file to lay down. */
export interface NewFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

/**
 * Makes a folder below `root` (absolute, or below the home folder with `~/`), private to its user, and lays files into it,
 * their times at the beginning of 1970 so that what a job changes can be told from them. All or nothing: on failure the
 * folder is gone again.
 *
 * @param tar - A gzipped tar whose one root folder is unpacked as `work`; undefined: `work` is empty at first.
 * @returns The folder's absolute path.
 * @throws {@link JobError} of kind `diskFull`, `refused`, `offline`.
 */
export async function makeFolder(
  files: HostFiles,
  root: string,
  name: string,
  contents: { readonly tar?: Readable; readonly files: readonly NewFile[] },
  signal: AbortSignal,
): Promise<string> {
  const { host, place } = files;
  const { tar } = contents;
  try {
    const command = scripted(begin, root, name, tar ? 'tar' : '');
    const made = await run(host, command, { ...files, ms: sendMs, ...(tar ? { input: tar } : {}) }, signal);
    failed(made, root, place);
    const folder = made.output.replace(/\n$/, '');
    for (const file of contents.files) await layFile(files, folder, file, signal);
    return folder;
  } catch (error) {
    // Whatever stopped it, also where the answer is lost that tells of the folder; nobody else knows of it.
    await run(host, scripted(leave, root, name), { ...files, ms: leaveMs }, neverAborted).catch(
      () => undefined,
    );
    throw error;
  }
}

/** Writes one file into a folder that {@link makeFolder} made, as it lays them. @throws as {@link makeFolder}. */
export async function layFile(
  files: HostFiles,
  folder: string,
  { path, text }: NewFile,
  signal: AbortSignal,
): Promise<void> {
  const command = scripted(write, folder, path);
  failed(await run(files.host, command, { ...files, ms: lookMs, input: text }, signal), folder, files.place);
}

/** The beginning of 1970, whatever the zone; a job that unpacks its own files so old will not mind. */
const oldest = '197001020000';

/** The first words of a script whose first argument may begin with `~/`: it is `$root` then, absolute. */
export const findRoot = `
root=$1
case $root in "~") root=$HOME;; "~/"*) root=$HOME/\${root#"~/"};; esac
`;

/** A signal that stops it, or the end of what comes, leaves nothing behind. What is unpacked belongs to who unpacks it. */
const begin = `
umask 077
${findRoot}
mkdir -p -- "$root" || exit 71
d=$root/$2
trap 'rm -rf -- "$d"; exit 72' HUP INT TERM
mkdir -- "$d" "$d/work" || exit 71
if [ -n "$3" ]; then
  tar -xzof - --strip-components=1 -C "$d/work" || { rm -rf -- "$d"; exit 72; }
fi
cd -- "$d" && pwd -P
`;
const leave = `
${findRoot}
rm -rf -- "$root/$2"
`;
const write = `
umask 077
cd -- "$1" || exit 71
case $2 in */*) mkdir -p -- "\${2%/*}" || exit 71;; esac
cat > "./$2" || exit 72
case $2 in *.sh) chmod 700 "./$2";; esac
touch -t ${oldest} "./$2"
`;

/** Removes a folder that {@link makeFolder} made. */
export async function removeFolder(files: HostFiles, folder: string, signal: AbortSignal): Promise<void> {
  const argv = ['rm', '-rf', '--', folder];
  failed(await run(files.host, { argv }, { ...files, ms: lookMs }, signal), folder, files.place);
}

/**
 * Copies the files of a folder that are as they were laid, never changed since, into another one that is there; gives
 * how many these are. @throws as {@link makeFolder}.
 */
export async function copyLaid(
  files: HostFiles,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<number> {
  const ran = await run(files.host, scripted(copy, from, to), { ...files, ms: sendMs }, signal);
  if (ran.code === 71) return 0;
  failed(ran, to, files.place);
  return Number(ran.output.trim());
}

/** The folders are copied too, since some may be empty. */
const copy = `
umask 077
cd -- "$1" 2>/dev/null || exit 71
find . -type d -exec sh -c 'to=$1; shift; for d; do mkdir -p -- "$to/$d" || exit 1; done' sh "$2" {} + || exit 72
find . -type f ! -newermt 1970-01-04 -exec sh -c 'to=$1; shift; for f; do cp -p -- "$f" "$to/$f" || exit 1; done' sh "$2" {} + || exit 72
find "$2" -type f -printf . | wc -c
`;

/** A file of a host. */
export interface FoundFile {
  /** Below the folder, with `/`; bytes that are no UTF-8 as `byteNames.ts` has them. */
  readonly path: string;
  readonly bytes: number;
  /** True: as it was laid down, never changed since. */
  readonly isOld: boolean;
}

/**
 * All regular files below a folder, in no order; undefined: there is no such folder.
 *
 * @throws {@link JobError} of kind `badAnswer` where they are more than an answer holds, about half a million.
 */
export async function filesBelow(
  files: HostFiles,
  folder: string,
  signal: AbortSignal,
): Promise<readonly FoundFile[] | undefined> {
  const found = await run(files.host, scripted(list, folder), listing(files), signal);
  return found.code === 71 ? undefined : foundFiles(found, folder, files.place);
}

/**
 * The regular files below a folder that is none of ours, as far as they were written between two moments. Without hidden
 * ones and other file systems.
 *
 * @returns and @throws as {@link filesBelow}.
 */
export async function filesWritten(
  files: HostFiles,
  folder: string,
  between: { readonly since: Date; readonly until: Date },
  signal: AbortSignal,
): Promise<readonly FoundFile[] | undefined> {
  const [since = '', until = ''] = [between.since, between.until].map((time) =>
    (time.getTime() / 1000).toFixed(0),
  );
  const command = scripted(listWritten, folder, since, until);
  const found = await run(files.host, command, listing(files), signal);
  return found.code === 71 ? undefined : foundFiles(found, folder, files.place);
}

/** Names are bytes, which latin1 keeps. */
const listing = (files: HostFiles) => ({ ...files, ms: lookMs, encoding: 'latin1' }) as const;

async function foundFiles(found: Ran, folder: string, place: string): Promise<readonly FoundFile[]> {
  failed(found, folder, place);
  const all: FoundFile[] = [];
  await inTurns(found.output.split('\0'), (entry) => {
    const [, bytes, seconds, path] = /^(\d+) (-?\d+)(?:\.\d*)? (.+)$/s.exec(entry) ?? [];
    if (path === undefined) return;
    const name = decodeName(Buffer.from(path, 'latin1'));
    all.push({ path: name, bytes: Number(bytes), isOld: Number(seconds) < (3 * dayMs) / 1000 });
  });
  return all;
}

/** A file that vanishes meanwhile, or a folder that is closed, keeps nobody from seeing the others: find ends with 1. */
const list = `
cd -- "$1" 2>/dev/null || exit 71
find . -type f -printf '%s %T@ %P\\0' || [ $? -eq 1 ]
`;

const listWritten = `
cd -- "$1" 2>/dev/null || exit 71
find . -xdev -name '.?*' -prune -o -type f -newermt "@$2" ! -newermt "@$3" -printf '%s %T@ %P\\0' || [ $? -eq 1 ]
`;

/** The text of a small file; undefined: there is none. */
export async function textOf(
  files: HostFiles,
  path: string,
  mostBytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const command = scripted('[ -f "$1" ] || exit 71; head -c "$2" -- "$1"', path, String(mostBytes));
  const read = await run(files.host, command, { ...files, ms: lookMs }, signal);
  if (read.code === 71) return undefined;
  failed(read, path, files.place);
  return read.output;
}

/** @throws {@link JobError} where a script did not do what it should. */
function failed({ code, errors }: Ran, path: string, place: string): void {
  if (code === 0) return;
  if (/No space left|quota exceeded|Disk quota/i.test(errors))
    throw new JobError({ kind: 'diskFull', path: `${place}: ${path}` });
  const words = errors.trim().split('\n').at(-1) ?? '';
  throw new JobError({ kind: 'refused', place, words: words === '' ? `exit code ${String(code)}` : words });
}
