import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { toNamePath, toSystemPath } from '../../core/byteNames.js';
import type { JobFile } from '../../core/job.js';
import { JobError } from '../../core/problem.js';
import { readByteEntries, realNamePath, type ByteEntry } from './byteEntries.js';
import { diskError, isMissing, throwIfAborted } from './errors.js';
import type { JobPaths } from './paths.js';
import { readPaths, type JobRecord } from './record.js';

/** How many files of a kind are told of. */
const filesMost = 1_000;

/** Folders and files that are looked at to find them. */
const looksMost = 100_000;

/** The name under which a job's log is a file. */
const logName = 'log.txt';

/** The files of a job: its script, its log, its results, and what it left beside what was submitted. */
export async function filesOf(
  paths: JobPaths,
  record: JobRecord,
  signal: AbortSignal,
): Promise<readonly JobFile[]> {
  const submitted = new Set(await submittedPaths(paths, record));
  const results = await filesBelow(paths.results, () => true, signal);
  const outputs = await filesBelow(paths.work, (name) => !submitted.has(name), signal);
  const bytesOf = (path: string): Promise<number | undefined> =>
    stat(path).then(
      ({ size }) => size,
      () => undefined,
    );
  const script = await bytesOf(paths.script);
  const log = await bytesOf(paths.log);
  return [
    { name: record.script, kind: 'input', ...(script === undefined ? {} : { bytes: script }) },
    ...(log === undefined ? [] : [{ name: logName, kind: 'log', bytes: log } as const]),
    ...results.map((file) => ({ ...file, kind: 'result' }) as const),
    ...outputs.map((file) => ({ ...file, kind: 'output' }) as const),
  ];
}

async function submittedPaths(paths: JobPaths, record: JobRecord): Promise<readonly string[]> {
  if (record.work === 'script') return [record.script];
  const text = await readFile(paths.files, 'utf8').catch(() => undefined);
  const read = text === undefined ? undefined : readPaths(text);
  return read && 'value' in read ? read.value : [record.script];
}

interface Found {
  readonly name: string;
  readonly bytes: number;
}

/** Regular files below a folder, by relative names with `/`, sorted; links are followed to files inside it only. */
async function filesBelow(
  folder: string,
  wanted: (name: string) => boolean,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const waiting = [''];
  for (let looks = 0; waiting.length > 0 && found.length < filesMost && looks < looksMost;) {
    throwIfAborted(signal);
    const prefix = waiting.shift() ?? '';
    const entries = await entriesOf(join(toNamePath(folder), prefix));
    looks += 1 + entries.length;
    for (const entry of entries) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) waiting.push(`${name}/`);
      else if (wanted(name) && found.length < filesMost) {
        const bytes = await sizeInside(folder, name);
        if (bytes !== undefined) found.push({ name, bytes });
      }
    }
  }
  return found;
}

async function entriesOf(folder: string): Promise<readonly ByteEntry[]> {
  try {
    const entries = await readByteEntries(folder);
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    // A job that runs takes folders away, too.
    if (isMissing(error)) return [];
    throw diskError(error, folder);
  }
}

async function sizeInside(folder: string, name: string): Promise<number | undefined> {
  const path = await inside(folder, name).catch(() => undefined);
  const found = path === undefined ? undefined : await stat(toSystemPath(path)).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

/** The bytes of a file that {@link filesOf} told of, as they come from the disk. */
export async function* readFileOf(
  paths: JobPaths,
  record: JobRecord,
  { kind, name }: JobFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  throwIfAborted(signal);
  const path = await pathOf(paths, record, kind, name);
  try {
    for await (const chunk of createReadStream(toSystemPath(path), { signal, highWaterMark: 262_144 })) {
      // SAFETY: a stream that was given no encoding yields buffers.
      yield chunk as Buffer;
    }
  } catch (error) {
    if (isMissing(error)) throw new JobError({ kind: 'gone', name }, { cause: error });
    throw diskError(error, path);
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
 * Where a file below a folder really is; bytes in names that are no UTF-8 as `byteNames.ts` has them.
 *
 * @throws {@link JobError} of kind `unsafeName` where that is outside, `gone` where it is not there.
 */
export async function inside(folder: string, name: string): Promise<string> {
  if (name.includes('\0')) throw new JobError({ kind: 'unsafeName', name });
  try {
    const path = await realNamePath(join(toNamePath(folder), name));
    const root = await realNamePath(toNamePath(folder));
    if (path.startsWith(root + sep)) return path;
  } catch (error) {
    if (isMissing(error)) throw new JobError({ kind: 'gone', name }, { cause: error });
    throw diskError(error, join(folder, name));
  }
  throw new JobError({ kind: 'unsafeName', name });
}
