import { constants, type Stats } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { toNamePath, toSystemPath } from '../../lib/byteNames.js';
import type { JobFile } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import { openByteEntries, realNamePath, type ByteEntry } from './byteEntries.js';
import { toDiskError } from '../../core/domain/diskError.js';
import { neverAborted, throwIfAborted } from '../../lib/abort.js';
import { isMissing } from '../../lib/errno.js';
import type { JobPaths } from './paths.js';
import { readPaths, type JobRecord } from './record.js';
import { readText } from '../../lib/node/files.js';
import { createTurns, sortInTurns } from '../../lib/turns.js';

/** The file name of a job's log. */
const logName = 'log.txt';

/** All files of a job: its script, log and results, and files that it created or changed. */
export async function filesOf(
  paths: JobPaths,
  record: JobRecord,
  signal: AbortSignal,
): Promise<readonly JobFile[]> {
  const submitted = await submittedPaths(paths, record);
  const bytesOf = (path: string): Promise<number | undefined> =>
    stat(path).then(
      ({ size }) => size,
      () => undefined,
    );
  const script = await bytesOf(paths.script);
  const log = await bytesOf(paths.log);
  const files: JobFile[] = [
    { name: record.script, kind: 'input', ...(script === undefined ? {} : { bytes: script }) },
    ...(log === undefined ? [] : [{ name: logName, kind: 'log', bytes: log } as const]),
  ];
  await addFilesBelow(paths.results, { kind: 'result', isWanted: () => true, files }, signal);
  const isWanted = (name: string, changedMs: number): boolean => isOutput(submitted, name, changedMs);
  await addFilesBelow(paths.work, { kind: 'output', isWanted, files }, signal);
  return files;
}

/** True if a job left a file: a result, or one that was not submitted; also if that is unknown. */
export async function hasOutputs(paths: JobPaths, record: JobRecord | undefined): Promise<boolean> {
  if (!record) return true;
  try {
    if (await hasFileBelow(paths.results, () => Promise.resolve(true))) return true;
    const submitted = await submittedPaths(paths, record);
    return await hasFileBelow(paths.work, async (name) => {
      if (!submitted.names.has(name)) return true;
      const found = await fileAt(paths.work, name, true);
      return found !== undefined && isOutput(submitted, name, found.mtimeMs);
    });
  } catch {
    return true;
  }
}

/** How many names are added to a set before other work can run. */
const namesAtOnce = 4_096;

/** The submitted files of a job. */
interface Submitted {
  readonly names: ReadonlySet<string>;
  /** When all of them had been written. */
  readonly placedMs: number;
}

/** True if the job created or changed the file. */
const isOutput = ({ names, placedMs }: Submitted, name: string, changedMs: number): boolean =>
  !names.has(name) || changedMs > placedMs;

async function submittedPaths(paths: JobPaths, record: JobRecord): Promise<Submitted> {
  if (record.work === 'script') return { names: new Set([record.script]), placedMs: Infinity };
  // Written when the bundle is unpacked.
  const placedMs = await stat(paths.files).then(
    ({ mtimeMs }) => mtimeMs,
    () => Infinity,
  );
  const text = await readText(paths.files).catch(() => undefined);
  const read = text === undefined ? undefined : readPaths(text);
  const names = new Set<string>();
  const giveTurn = createTurns();
  for (const name of read && 'value' in read ? read.value : [record.script]) {
    names.add(name);
    if (names.size % namesAtOnce === 0) await giveTurn();
  }
  return { names, placedMs };
}

/** The files to find below a folder, by relative names with `/`, and where to add them. */
interface Search {
  readonly kind: JobFile['kind'];
  readonly isWanted: (name: string, changedMs: number) => boolean;
  readonly files: JobFile[];
}

/** How many files are measured concurrently. */
const together = 64;

/** Adds the regular files below a folder, sorted within each folder; follows links to files inside it only. */
async function addFilesBelow(folder: string, search: Search, signal: AbortSignal): Promise<void> {
  const { kind, isWanted, files } = search;
  const giveTurn = createTurns();
  const folders = [''];
  for (const prefix of folders) {
    const found: ByteEntry[] = [];
    for await (const entry of entriesIn(join(toNamePath(folder), prefix), signal)) found.push(entry);
    const entries = await sortInTurns(found, (a, b) => (a.name < b.name ? -1 : 1));
    for (let at = 0; at < entries.length; at += together) {
      throwIfAborted(signal);
      const names = entries.slice(at, at + together).flatMap((entry) => {
        const name = `${prefix}${entry.name}`;
        if (entry.isDirectory()) folders.push(`${name}/`);
        return entry.isDirectory() ? [] : [{ name, isLink: entry.isSymbolicLink() }];
      });
      const all = await Promise.all(names.map(({ name, isLink }) => fileAt(folder, name, isLink)));
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
    for await (const entry of entriesIn(join(toNamePath(folder), prefix), neverAborted)) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) folders.push(`${name}/`);
      else if (await isWanted(name)) return true;
    }
  return false;
}

/** How many entries of a folder are read at a time. */
const entriesAtOnce = 512;

async function* entriesIn(folder: string, signal: AbortSignal): AsyncGenerator<ByteEntry> {
  try {
    for await (const entry of openByteEntries(folder, entriesAtOnce)) {
      throwIfAborted(signal);
      yield entry;
    }
  } catch (error) {
    // A running job can delete folders.
    if (!isMissing(error)) throw toDiskError(error, folder);
  }
}

async function fileAt(folder: string, name: string, isLink: boolean): Promise<Stats | undefined> {
  const path = isLink ? await inside(folder, name).catch(() => undefined) : join(toNamePath(folder), name);
  const found = path === undefined ? undefined : await lstat(toSystemPath(path)).catch(() => undefined);
  return found?.isFile() ? found : undefined;
}

/** The contents of a file listed by {@link filesOf}. */
export async function* readFileOf(
  paths: JobPaths,
  record: JobRecord,
  { kind, name }: JobFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  throwIfAborted(signal);
  const path = await pathOf(paths, record, kind, name);
  try {
    // Does not wait for a pipe or a device in its place.
    const file = await open(toSystemPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) {
      await file.close();
      throw new JobError({ kind: 'disk', path, why: 'it is no file' });
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

async function pathOf(
  paths: JobPaths,
  record: JobRecord,
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
      return inside(kind === 'result' ? paths.results : paths.work, name);
  }
}

/**
 * The real path of a file below a folder; bytes in names that are not UTF-8 as in `byteNames.ts`.
 *
 * @throws {@link JobError} of kind `unsafeName` if it is outside, `gone` if it does not exist.
 */
export async function inside(folder: string, name: string): Promise<string> {
  if (name.includes('\0')) throw new JobError({ kind: 'unsafeName', name });
  try {
    const path = await realNamePath(join(toNamePath(folder), name));
    const root = await realNamePath(toNamePath(folder));
    if (path.startsWith(root + sep)) return path;
  } catch (error) {
    if (isMissing(error)) throw new JobError({ kind: 'gone', name }, { cause: error });
    throw toDiskError(error, join(folder, name));
  }
  throw new JobError({ kind: 'unsafeName', name });
}
