import type { Readable } from 'node:stream';
import { decodeName } from '../../core/byteNames.js';
import type { Clock } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import type { Command, Host } from './host.js';
import { run, type Ran } from './run.js';

/** What is needed to work with the files of a host. */
export interface HostFiles {
  readonly host: Host;
  readonly clock: Clock;
  /** As users know the place, for problems. */
  readonly place: string;
  readonly say: Say;
}

/** How long a look at files may take, how long sending them, and taking back what was sent, in milliseconds. */
const lookMs = 60_000;
const sendMs = 6 * 3_600_000;
const leaveMs = 20_000;

/** A fixed script: what differs comes as arguments, which no shell looks into. Its words are English. */
const scripted = (script: string, ...args: readonly string[]): Command => ({
  argv: ['sh', '-c', script, 'sh', ...args],
  env: { LC_ALL: 'C' },
});

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
    const never = new AbortController().signal;
    await run(host, scripted(leave, root, name), { ...files, ms: leaveMs }, never).catch(() => undefined);
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

/** A file of a host. */
export interface FoundFile {
  /** Below the folder, with `/`; bytes that are no UTF-8 as `byteNames.ts` has them. */
  readonly path: string;
  readonly bytes: number;
  /** True: as it was laid down, never changed since. */
  readonly isOld: boolean;
}

/** The most files that are listed. */
const mostFiles = 20_000;

/** The regular files below a folder, in no order; undefined: there is no such folder. */
export async function filesBelow(
  files: HostFiles,
  folder: string,
  signal: AbortSignal,
): Promise<readonly FoundFile[] | undefined> {
  const options = { ...files, ms: lookMs, encoding: 'latin1' } as const;
  const found = await run(files.host, scripted(list, folder), options, signal);
  if (found.code === 71) return undefined;
  failed(found, folder, files.place);
  return found.output
    .split('\0')
    .slice(0, mostFiles)
    .flatMap((entry) => {
      const [, bytes, seconds, path] = /^(\d+) (-?\d+)\S* (.+)$/s.exec(entry) ?? [];
      if (path === undefined) return [];
      return [
        {
          path: decodeName(Buffer.from(path, 'latin1')),
          bytes: Number(bytes),
          isOld: Number(seconds) < 3 * 86_400,
        },
      ];
    });
}

/** A file that vanishes meanwhile, or a folder that is closed, keeps nobody from seeing the others: find ends with 1. */
const list = `
cd -- "$1" 2>/dev/null || exit 71
find . -type f -printf '%s %T@ %P\\0' || [ $? -eq 1 ]
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
  throw new JobError({ kind: 'refused', place, words: words === '' ? `exit ${String(code)}` : words });
}
