import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { claimFile, toHashedName } from '../../lib/node/files.js';
import { renameOver } from '../../lib/node/renameOver.js';
import { hourMs } from '../../lib/time.js';

/** The ending of a file of changes. */
const entryExtension = '.jsonl';

/** The file of a job: by the hash of its id, which any file system takes, in one of 256 folders. */
export function entryPath(folder: string, job: string): string {
  const hash = toHashedName(job, 32);
  return join(folder, hash.slice(0, 2), `${hash}${entryExtension}`);
}

/** The files of all jobs, folder by folder. */
export async function* listEntries(folder: string): AsyncGenerator<string> {
  const shards = await readdir(folder).catch(() => []);
  for (const shard of shards.filter((name) => /^[0-9a-f]{2}$/.test(name)))
    for (const name of await readdir(join(folder, shard)).catch(() => []))
      if (name.endsWith(entryExtension)) yield join(folder, shard, name);
}

/** What changes when a file does; undefined: it is not there. */
export async function readStamp(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && `${String(found.ino)} ${String(found.size)} ${String(found.mtimeNs)}`;
}

/** True where the path still leads to the file that is open. */
async function isSameFile(file: FileHandle, path: string): Promise<boolean> {
  const [own, there] = await Promise.all([
    file.stat({ bigint: true }),
    stat(path, { bigint: true }).catch(() => undefined),
  ]);
  return own.ino === there?.ino && own.dev === there.dev;
}

/** So often a text is added to a file that others replace; a file system may give no lasting number of a file. */
const maxAppends = 3;

/**
 * Adds a text to a file by one call, so that what several programs add stands side by side. Where the file was replaced
 * meanwhile (see {@link compactFile}), the text is added to the new one as well.
 */
export async function appendTo(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const bytes = Buffer.from(text);
  for (let appends = 1; appends <= maxAppends; appends++) {
    const file = await open(path, 'a', 0o600);
    try {
      const { bytesWritten } = await file.write(bytes, 0, bytes.length);
      if (bytesWritten < bytes.length) throw new Error('only a part could be written to disk');
      if (await isSameFile(file, path)) return;
    } finally {
      await file.close();
    }
  }
}

/** Milliseconds after which the mark of a program that replaces a file counts as left behind. */
const staleMs = hourMs;

/**
 * Replaces a file by a shorter text with the same meaning. `shorten` returns undefined where the file is to stay as it
 * is. What other programs add meanwhile is carried over: by them, where they notice, or from the replaced file.
 */
export async function compactFile(
  path: string,
  shorten: (text: string) => string | undefined,
  linkFile: typeof link = link,
): Promise<void> {
  const mark = `${path}.compacting`;
  if (!(await claimMark(mark))) return;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  let replaced: ReplacedFile | undefined;
  try {
    const before = await readFile(path);
    const text = shorten(before.toString('utf8'));
    if (text === undefined) return;
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true });
    replaced = await keepReadable(path, linkFile);
    // Another program may have removed the file and created a new one.
    if (!(await replaced.read()).subarray(0, before.length).equals(before)) return;
    await renameOver(temporary, path);
    const rest = (await replaced.read()).subarray(before.length);
    if (rest.length > 0) await appendTo(path, `\n${rest.toString('utf8')}`);
  } finally {
    await rm(temporary, { force: true });
    await replaced?.close();
    await rm(mark, { force: true });
  }
}

/** A file whose content can be read after another file has replaced it. */
interface ReplacedFile {
  readonly read: () => Promise<Buffer>;
  readonly close: () => Promise<void>;
}

/**
 * Keeps the content of a file readable: under a second name, because Windows does not replace a file that is open; on a
 * file system without hard links, such as exFAT, as an open file.
 */
async function keepReadable(path: string, linkFile: typeof link): Promise<ReplacedFile> {
  const second = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await linkFile(path, second);
    return { read: () => readFile(second), close: () => rm(second, { force: true }) };
  } catch {
    const file = await open(path, 'r');
    return { read: () => readFromStart(file), close: () => file.close() };
  }
}

async function readFromStart(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, 0);
  return bytes.subarray(0, bytesRead);
}

async function claimMark(mark: string): Promise<boolean> {
  if (await claimFile(mark).catch(() => false)) return true;
  const about = await stat(mark).catch(() => undefined);
  // A clock that was set back makes it old too.
  if (about && Math.abs(Date.now() - about.mtimeMs) > staleMs) await rm(mark, { force: true });
  return false;
}
