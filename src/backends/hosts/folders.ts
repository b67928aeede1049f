import type { Readable } from 'node:stream';
import type { Clock } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import type { Host } from './host.js';
import { run, type Ran } from './run.js';

/** What is needed to work with the files of a host. */
export interface HostFiles {
  readonly host: Host;
  readonly clock: Clock;
  /** As users know the place, for problems. */
  readonly place: string;
}

/** How long a look at files may take, and how long sending them, in milliseconds. */
const lookMs = 60_000;
const sendMs = 6 * 3_600_000;

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
  const { host, clock, place } = files;
  const made = await run(
    host,
    { argv: ['sh', '-c', begin, 'sh', root, name, contents.tar ? 'tar' : ''] },
    { ms: sendMs, clock, ...(contents.tar ? { input: contents.tar } : {}) },
    signal,
  );
  failed(made, root, place);
  const folder = made.output.replace(/\n$/, '');
  try {
    for (const { path, text } of contents.files) {
      const argv = ['sh', '-c', write, 'sh', folder, path];
      failed(await run(host, { argv }, { ms: lookMs, clock, input: text }, signal), root, place);
    }
    return folder;
  } catch (error) {
    await removeFolder(files, folder, AbortSignal.timeout(lookMs)).catch(() => undefined);
    throw error;
  }
}

/** The beginning of 1970, whatever the zone; a job that unpacks its own files so old will not mind. */
const oldest = '197001020000';

/** Fixed scripts: what differs comes as arguments, which no shell looks into. */
const begin = `
umask 077
root=$1 name=$2
case $root in "~") root=$HOME;; "~/"*) root=$HOME/\${root#"~/"};; esac
mkdir -p -- "$root" || exit 71
d=$root/$name
mkdir -- "$d" "$d/work" || exit 71
if [ -n "$3" ]; then
  tar -xzf - --strip-components=1 -C "$d/work" || { rm -rf -- "$d"; exit 72; }
fi
cd -- "$d" && pwd -P
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
export async function removeFolder(
  { host, clock, place }: HostFiles,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['rm', '-rf', '--', folder];
  failed(await run(host, { argv }, { ms: lookMs, clock }, signal), folder, place);
}

/** A file of a host. */
export interface FoundFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** True: as it was laid down, never changed since. */
  readonly isOld: boolean;
}

/** The most files that are listed. */
const mostFiles = 20_000;

/** The regular files below a folder, in no order; undefined: there is no such folder. */
export async function filesBelow(
  { host, clock, place }: HostFiles,
  folder: string,
  signal: AbortSignal,
): Promise<readonly FoundFile[] | undefined> {
  const found = await run(host, { argv: ['sh', '-c', list, 'sh', folder] }, { ms: lookMs, clock }, signal);
  if (found.code === 71) return undefined;
  failed(found, folder, place);
  return found.output
    .split('\0')
    .slice(0, mostFiles)
    .flatMap((entry) => {
      const [, bytes, seconds, path] = /^(\d+) (-?\d+)\S* (.+)$/s.exec(entry) ?? [];
      if (path === undefined) return [];
      return [{ path, bytes: Number(bytes), isOld: Number(seconds) < 3 * 86_400 }];
    });
}

const list = `
cd -- "$1" 2>/dev/null || exit 71
find . -type f -printf '%s %T@ %P\\0'
`;

/** The text of a small file; undefined: there is none. */
export async function textOf(
  { host, clock, place }: HostFiles,
  path: string,
  mostBytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const argv = ['sh', '-c', '[ -f "$1" ] || exit 71; head -c "$2" -- "$1"', 'sh', path, String(mostBytes)];
  const read = await run(host, { argv }, { ms: lookMs, clock }, signal);
  if (read.code === 71) return undefined;
  failed(read, path, place);
  return read.output;
}

/** @throws {@link JobError} where a script did not do what it should. */
function failed({ code, errors }: Ran, path: string, place: string): void {
  if (code === 0) return;
  if (/No space left|quota exceeded|Disk quota/i.test(errors))
    throw new JobError({ kind: 'diskFull', path: `${place}: ${path}` });
  const words = errors.trim().split('\n').at(-1) ?? '';
  throw new JobError({ kind: 'refused', place, words: words === '' ? `exit ${String(code)}` : words });
}
