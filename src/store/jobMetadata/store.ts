import { randomUUID } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  maxRecordBytes,
  type JobKey,
  type JobMetadata,
  type JobMetadataStore,
  type JsonValue,
} from '../../core/domain/jobMetadata.js';
import type { Log } from '../../core/domain/ports.js';
import { findJobFields, hasUserContent, parseEntry, toLine, toMetadata } from './entry.js';
import { readText, toHashedName, writeAtomic } from '../../lib/node/files.js';
import { appendTo, compactFile, entryPath, listEntries } from './files.js';
import { createEntryReader, maxEntryBytes, type EntryReader } from './reader.js';
import { removeSecrets } from './secrets.js';

/** The folder of the metadata below that of a connection. */
const folderName = 'metadata';

/** The most that is read of one list, in bytes. */
const maxListBytes = 64 * 1024 * 1024;

/** A file longer than this is rewritten if that halves its size, in bytes. */
const compactBytes = 32 * 1024;

/** How many files are read at once. */
const maxReads = 64;

/** What the members of the store share. */
interface StoreDeps {
  readonly folder: string;
  readonly reader: EntryReader;
}

/**
 * The metadata of the jobs of one connection, below its own folder, which is made when it is needed. Each job has a file
 * of its own to which changes are only added: windows that change different fields at once lose none, and where a machine
 * goes down only the change under way is lost.
 *
 * @param connectionFolder - Absolute, on a disk of this machine: a network disk may mix what two machines add at once.
 */
export function createJobMetadataStore(connectionFolder: string, log: Log): JobMetadataStore {
  const deps: StoreDeps = { folder: join(connectionFolder, folderName), reader: createEntryReader(log) };
  return {
    get: (key) => getMetadata(key, deps),
    getAll: async (keys) => {
      const all: (JobMetadata | undefined)[] = [];
      for (let at = 0; at < keys.length; at += maxReads) {
        const some = keys.slice(at, at + maxReads).map((key) => getMetadata(key, deps));
        all.push(...(await Promise.all(some)));
      }
      return all;
    },
    update: (key, change) => updateMetadata(key, change, deps),
    remove: async (job) => {
      await rm(entryPath(deps.folder, job), { force: true });
    },
    putList: async (list) => {
      const text = JSON.stringify(list);
      const hash = toListHash(text);
      const isThere = await stat(getListPath(deps, hash)).catch(() => undefined);
      if (!isThere) await writeAtomic(getListPath(deps, hash), text, { flush: true, createParent: true });
      return hash;
    },
    getList: async (hash) => (/^[0-9a-f]{64}$/.test(hash) ? readList(hash, deps) : undefined),
    removeUnused: (beforeMs, isKnown) => removeUnused(beforeMs, isKnown, deps),
  };
}

async function getMetadata(
  { job, submitted }: JobKey,
  { folder, reader }: StoreDeps,
): Promise<JobMetadata | undefined> {
  const path = entryPath(folder, job);
  const entry = await reader.load(path);
  const fields = entry && findJobFields(entry, submitted);
  if (!fields) return undefined;
  const { metadata, wrong } = toMetadata(fields);
  for (const name of wrong) reader.report(`${path} ${name}`, `${name} of job ${job} has an unknown format`);
  return metadata;
}

async function updateMetadata(
  { job, submitted }: JobKey,
  { set = {}, ...change }: Parameters<JobMetadataStore['update']>[1],
  { folder, reader }: StoreDeps,
): Promise<readonly string[]> {
  const { value, omitted } = removeSecrets(set);
  if (Buffer.byteLength(JSON.stringify(value.record ?? null)) > maxRecordBytes)
    throw new RangeError(`the record of job ${job} exceeds ${String(maxRecordBytes)} bytes`);
  const path = entryPath(folder, job);
  const before = await stat(path).catch(() => undefined);
  if (before && before.size > maxEntryBytes) {
    const aside = `${path}.damaged-${randomUUID()}`;
    await rename(path, aside);
    reader.report(aside, `the metadata of job ${job} is too long to read; it was moved to ${aside}`);
  }
  await appendTo(path, toLine(job, randomUUID(), submitted?.getTime(), { ...change, set: value }));
  const after = await stat(path).catch(() => undefined);
  if (after && after.size > compactBytes)
    await compactFile(path, compactEntry).catch((error: unknown) => {
      reader.report(`${path} compact`, `${path} could not be compacted: ${String(error)}`);
    });
  return omitted;
}

/** One line for each job that had the id; undefined: it would not be worth it, or a later version has written more. */
function compactEntry(text: string): string | undefined {
  const { job, jobs, isNewer, damaged } = parseEntry(text);
  if (job === undefined || isNewer) return undefined;
  const short = jobs
    .map(({ submitted, fields }) => toLine(job, randomUUID(), submitted, { set: fields }))
    .concat(damaged.map((line) => `\n${line}\n`))
    .join('');
  return short.length * 2 < text.length ? short : undefined;
}

async function removeUnused(
  beforeMs: number,
  isKnown: Parameters<JobMetadataStore['removeUnused']>[1],
  { folder, reader }: StoreDeps,
): Promise<number> {
  let removed = 0;
  for await (const path of listEntries(folder)) {
    const about = await stat(path).catch(() => undefined);
    if (!about || about.mtimeMs >= beforeMs) continue;
    const entry = await reader.load(path);
    if (entry?.job === undefined || hasUserContent(entry) || (await isKnown(entry.job))) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}

/** The name of a list: the whole SHA-256 of its text, in hex digits. */
const toListHash = (text: string): string => toHashedName(text, 64);

const getListPath = ({ folder }: StoreDeps, hash: string): string =>
  join(folder, 'lists', hash.slice(0, 2), `${hash}.json`);

/** A list that is not as its hash says counts as none, and is logged. */
async function readList(hash: string, deps: StoreDeps): Promise<readonly JsonValue[] | undefined> {
  const path = getListPath(deps, hash);
  const text = await readText(path, maxListBytes).catch(() => undefined);
  if (text === undefined) return undefined;
  // SAFETY: exactly this text was written from a list.
  if (toListHash(text) === hash) return JSON.parse(text) as readonly JsonValue[];
  deps.reader.report(path, `${path} is damaged and ignored`);
  return undefined;
}
