import { constants, type Stats } from 'node:fs';
import { lstat, open, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { decodeName, toNamePath, toSystemPath } from '../../lib/byteNames.js';
import type { JobFile } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import { iterateByteEntries, resolveRealNamePath, type ByteEntry } from './byteEntries.js';
import { toDiskError } from '../../core/domain/diskError.js';
import { neverAborted, throwIfAborted } from '../../lib/abort.js';
import { isMissing } from '../../lib/errno.js';
import type { JobPaths } from './paths.js';
import { parsePaths, type LocalJobRecord } from './record.js';
import { readBytes, readText } from '../../lib/node/files.js';
import { createYielder, sortYielding } from '../../lib/yielding.js';

/** The file name of a job's log. */
const logFileName = 'log.txt';

/** All files of a job: its script, log and results, and files that it created or changed. */
export async function listLocalJobFiles(
  paths: JobPaths,
  record: LocalJobRecord,
  signal: AbortSignal,
): Promise<readonly JobFile[]> {
  const submitted = await readSubmittedFiles(paths, record);
  const getSize = (path: string): Promise<number | undefined> =>
    stat(path).then(
      ({ size }) => size,
      () => undefined,
    );
  const script = await getSize(paths.script);
  const log = await getSize(paths.log);
  const files: JobFile[] = [
    { name: record.script, kind: 'input', ...(script === undefined ? {} : { bytes: script }) },
    ...(log === undefined ? [] : [{ name: logFileName, kind: 'log', bytes: log } as const]),
  ];
  await addFilesBelow(paths.results, { kind: 'result', isMatch: () => true, files }, signal);
  const isWanted = (name: string, changedMs: number): boolean => isOutputFile(submitted, name, changedMs);
  const outputs: JobFile[] = [];
  await addFilesBelow(paths.work, { kind: 'output', isMatch: isWanted, files: outputs }, signal);
  const isCopied = await createCopyTest(paths, files);
  return [...files, ...outputs.filter((file) => !isCopied(file))];
}

/**
 * A test for outputs that are listed as results already: the file or folder of `RESULTS_FILE` in the working
 * directory is copied when the job ends. A file that differs from its copy in size is not covered.
 */
async function createCopyTest(
  paths: JobPaths,
  files: readonly JobFile[],
): Promise<(output: JobFile) => boolean> {
  const named = await readBytes(join(paths.notes, 'RESULTS_FILE'), 65_536).catch(() => undefined);
  const sizes = new Map(files.flatMap((file) => (file.kind === 'result' ? [[file.name, file.bytes]] : [])));
  if (!named?.length || sizes.size === 0) return () => false;
  const path = relative(toNamePath(await realpath(paths.work).catch(() => paths.work)), decodeName(named));
  const work = path.split(sep).join('/');
  const name = work.split('/').at(-1) ?? work;
  return (output) => {
    const rest = output.name.slice(work.length);
    if (!output.name.startsWith(work) || (rest !== '' && !rest.startsWith('/'))) return false;
    return output.bytes !== undefined && sizes.get(name + rest) === output.bytes;
  };
}

/** True if a job left a file: a result, or one that was not submitted; also if that is unknown. */
export async function hasOutputs(paths: JobPaths, record: LocalJobRecord | undefined): Promise<boolean> {
  if (!record) return true;
  try {
    if (await hasFileBelow(paths.results, () => Promise.resolve(true))) return true;
    const submitted = await readSubmittedFiles(paths, record);
    return await hasFileBelow(paths.work, async (name) => {
      if (!submitted.names.has(name)) return true;
      const found = await statFileAt(paths.work, name, true);
      return found !== undefined && isOutputFile(submitted, name, found.mtimeMs);
    });
  } catch {
    return true;
  }
}

/** How many names are added to a set before other work can run. */
const namesPerSlice = 4_096;

/** The submitted files of a job. */
interface SubmittedFiles {
  readonly names: ReadonlySet<string>;
  /** When all of them had been written. */
  readonly placedMs: number;
}

/** True if the job created or changed the file. */
const isOutputFile = ({ names, placedMs }: SubmittedFiles, name: string, changedMs: number): boolean =>
  !names.has(name) || changedMs > placedMs;

async function readSubmittedFiles(paths: JobPaths, record: LocalJobRecord): Promise<SubmittedFiles> {
  if (record.work === 'script') return { names: new Set([record.script]), placedMs: Infinity };
  // Written when the bundle is unpacked.
  const placedMs = await stat(paths.files).then(
    ({ mtimeMs }) => mtimeMs,
    () => Infinity,
  );
  const text = await readText(paths.files).catch(() => undefined);
  const read = text === undefined ? undefined : parsePaths(text);
  const names = new Set<string>();
  const giveTurn = createYielder();
  for (const name of read && 'value' in read ? read.value : [record.script]) {
    names.add(name);
    if (names.size % namesPerSlice === 0) await giveTurn();
  }
  return { names, placedMs };
}

/** The files to find below a folder, by relative names with `/`, and where to add them. */
interface FileSearch {
  readonly kind: JobFile['kind'];
  readonly isMatch: (name: string, changedMs: number) => boolean;
  readonly files: JobFile[];
}

/** How many files are measured concurrently. */
const maxParallelStats = 64;

/** Adds the regular files below a folder, sorted within each folder; follows links to files inside it only. */
async function addFilesBelow(folder: string, search: FileSearch, signal: AbortSignal): Promise<void> {
  const { kind, isMatch: isWanted, files } = search;
  const giveTurn = createYielder();
  const folders = [''];
  for (const prefix of folders) {
    const found: ByteEntry[] = [];
    for await (const entry of iterateEntries(join(toNamePath(folder), prefix), signal)) found.push(entry);
    const entries = await sortYielding(found, (a, b) => (a.name < b.name ? -1 : 1));
    for (let at = 0; at < entries.length; at += maxParallelStats) {
      throwIfAborted(signal);
      const names = entries.slice(at, at + maxParallelStats).flatMap((entry) => {
        const name = `${prefix}${entry.name}`;
        if (entry.isDirectory()) folders.push(`${name}/`);
        return entry.isDirectory() ? [] : [{ name, isLink: entry.isSymbolicLink() }];
      });
      const all = await Promise.all(names.map(({ name, isLink }) => statFileAt(folder, name, isLink)));
      names.forEach(({ name }, index) => {
        const file = all[index];
        if (file && isWanted(name, file.mtimeMs)) files.push({ name, kind, bytes: file.size });
      });
      await giveTurn();
    }
  }
}

/** True if a folder contains a wanted file; stops at the first one. */
async function hasFileBelow(folder: string, isWanted: (name: string) => Promise<boolean>): Promise<boolean> {
  const folders = [''];
  for (const prefix of folders)
    for await (const entry of iterateEntries(join(toNamePath(folder), prefix), neverAborted)) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) folders.push(`${name}/`);
      else if (await isWanted(name)) return true;
    }
  return false;
}

/** How many entries of a folder are read at a time. */
const entriesPerRead = 512;

async function* iterateEntries(folder: string, signal: AbortSignal): AsyncGenerator<ByteEntry> {
  try {
    for await (const entry of iterateByteEntries(folder, entriesPerRead)) {
      throwIfAborted(signal);
      yield entry;
    }
  } catch (error) {
    // A running job can delete folders.
    if (!isMissing(error)) throw toDiskError(error, folder);
  }
}

async function statFileAt(folder: string, name: string, isLink: boolean): Promise<Stats | undefined> {
  const path = isLink
    ? await resolveInsideFolder(folder, name).catch(() => undefined)
    : join(toNamePath(folder), name);
  const found = path === undefined ? undefined : await lstat(toSystemPath(path)).catch(() => undefined);
  return found?.isFile() ? found : undefined;
}

/** The contents of a file listed by {@link listLocalJobFiles}. */
export async function* readLocalJobFile(
  paths: JobPaths,
  record: LocalJobRecord,
  { kind, name }: JobFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  throwIfAborted(signal);
  const path = await resolveJobFilePath(paths, record, kind, name);
  try {
    // Does not wait for a pipe or a device in its place.
    const file = await open(toSystemPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) {
      await file.close();
      throw new JobError({ kind: 'disk', path, why: 'it is not a regular file' });
    }
    for await (const chunk of file.createReadStream({ highWaterMark: 262_144 })) {
      throwIfAborted(signal);
      // SAFETY: a stream without an encoding yields buffers.
      yield chunk as Buffer;
    }
  } catch (error) {
    if (isMissing(error)) throw new JobError({ kind: 'gone', name }, { cause: error });
    throw toDiskError(error, path);
  }
}

/** The path of a file listed by {@link listLocalJobFiles}. */
export async function resolveJobFilePath(
  paths: JobPaths,
  record: LocalJobRecord,
  kind: JobFile['kind'],
  name: string,
): Promise<string> {
  switch (kind) {
    case 'input':
      if (name === record.script) return paths.script;
      throw new JobError({ kind: 'gone', name });
    case 'log':
      return paths.log;
    default:
      return resolveInsideFolder(kind === 'result' ? paths.results : paths.work, name);
  }
}

/**
 * The real path of a file below a folder; bytes in names that are not UTF-8 as in `byteNames.ts`.
 *
 * @throws {@link JobError} of kind `unsafeName` if it is outside, `gone` if it does not exist.
 */
export async function resolveInsideFolder(folder: string, name: string): Promise<string> {
  if (name.includes('\0')) throw new JobError({ kind: 'unsafeName', name });
  try {
    const path = await resolveRealNamePath(join(toNamePath(folder), name));
    const root = await resolveRealNamePath(toNamePath(folder));
    if (path.startsWith(root + sep)) return path;
  } catch (error) {
    if (isMissing(error)) throw new JobError({ kind: 'gone', name }, { cause: error });
    throw toDiskError(error, join(folder, name));
  }
  throw new JobError({ kind: 'unsafeName', name });
}
