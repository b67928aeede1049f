import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod/mini';
import type {
  JobMetadata,
  JobMetadataStore,
  JsonValue,
  StoredRequest,
} from '../../core/domain/jobMetadata.js';
import type { Log } from '../../core/domain/ports.js';
import { fieldNames, isRequest } from '../../store/jobMetadata/entry.js';
import { removeSecrets, scrubOptions } from '../../store/jobMetadata/secrets.js';
import { createJobMetadataStore } from '../../store/jobMetadata/store.js';
import { readJsonFile } from '../../lib/node/files.js';

/**
 * The data that a backend stores about jobs in their metadata: `facts`, and the `request` they were submitted with.
 * Never fails.
 */
export interface JobFactsStore<T> {
  /** Undefined if nothing is stored about it. */
  readonly get: (id: string) => Promise<T | undefined>;
  readonly put: (id: string, note: T) => Promise<void>;
}

/** Notes, and deleting what is stored about jobs that were deleted. No method fails, except where its description says so. */
export interface NoteStore<T> extends JobFactsStore<T> {
  /** Deletes everything that is stored about a job, also what the user set, except this note. */
  readonly replaceAll: (id: string, note: T) => Promise<void>;
  /** Deletes everything that is stored under a job's id. */
  readonly remove: (id: string) => Promise<void>;
  /**
   * See {@link JobMetadataStore.removeUnused}; returns how many entries were deleted.
   * @throws what `isKnown` throws, and errors of the disk.
   */
  readonly removeUnused: JobMetadataStore['removeUnused'];
}

/**
 * Notes of one form in the metadata of a connection's jobs; `folder` is the connection's own. Notes of another form
 * are ignored.
 *
 * Version 0.1.0 has a separate file for each note, in `folder`. Such a file is imported when its job is first
 * requested, and again if a window of that version has written it since. It is not deleted, so that such a window
 * continues to work; that window does not see notes stored here.
 */
export function createJobFactsStore<T extends object>(
  folder: string,
  form: z.ZodMiniType<T>,
  log: Log,
): NoteStore<T> {
  const metadata = createJobMetadataStore(folder, log);
  const read = (value: unknown): T | undefined => {
    const result = form.safeParse(value);
    return result.success ? result.data : undefined;
  };
  const put = async (
    id: string,
    note: T,
    noteMs: number | undefined,
    removed: readonly (keyof JobMetadata)[] = ['request'],
  ): Promise<void> => {
    try {
      const set: JobMetadata = { ...toMetadataFields(note), ...(noteMs === undefined ? {} : { noteMs }) };
      const remove = removed.filter((name) => set[name] === undefined);
      await metadata.update(
        { job: id, submitted: parseSubmitTime(note) },
        { set, ...(remove.length > 0 ? { remove } : {}) },
      );
    } catch (error) {
      log.warn(`the metadata of ${id} could not be stored: ${String(error)}`);
    }
  };
  return {
    get: async (id) => {
      const [kept, noteMs] = await Promise.all([metadata.get({ job: id }), readLegacyTime(folder, id)]);
      if (noteMs !== undefined && noteMs !== kept?.noteMs) {
        const note = await readJsonFile(getLegacyPath(folder, id), form);
        if (note) {
          await put(id, note, noteMs);
          return read(toFacts(removeSecrets(toMetadataFields(note)).value));
        }
      }
      return kept?.facts && read(toFacts(kept));
    },
    put: async (id, note) => put(id, note, await readLegacyTime(folder, id)),
    replaceAll: async (id, note) => put(id, note, await readLegacyTime(folder, id), fieldNames),
    remove: (id) => removeMetadata(folder, id, log),
    removeUnused: metadata.removeUnused,
  };
}

/** Deletes everything that is stored about a job that was deleted; `folder` is its connection's own. Never fails. */
export async function removeMetadata(folder: string, id: string, log: Log): Promise<void> {
  try {
    await createJobMetadataStore(folder, log).remove(id);
    if ((await readLegacyTime(folder, id)) !== undefined)
      await rm(getLegacyPath(folder, id), { force: true });
  } catch (error) {
    log.warn(`the metadata of the deleted job ${id} could not be deleted: ${String(error)}`);
  }
}

/** The path of a job's note in version 0.1.0, if it can have one. */
const getLegacyPath = (folder: string, id: string): string => join(folder, `${id}.json`);

/** The time of that file, in milliseconds since 1970; undefined if it does not exist. */
const readLegacyTime = async (folder: string, id: string): Promise<number | undefined> => {
  if (!/^[\w.+-]{1,120}$/.test(id) || id.startsWith('.')) return undefined;
  return (await stat(getLegacyPath(folder, id)).catch(() => undefined))?.mtimeMs;
};

/**
 * Converts a note to fields of the metadata. A request that contained a secret is not stored: without it, it would be
 * a different request.
 */
function toMetadataFields(note: object): Pick<JobMetadata, 'facts' | 'request'> {
  // SAFETY: notes are read from JSON, and written as it.
  const { request, ...facts } = JSON.parse(JSON.stringify(note)) as Record<string, JsonValue>;
  const options = facts['options'];
  const kept = isTextRecord(options) ? { ...facts, options: scrubOptions(options).value } : facts;
  return { facts: kept, ...(isRequest(request) ? { request } : {}) };
}

const isTextRecord = (value: JsonValue | undefined): value is Readonly<Record<string, string>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string');

/** Converts the fields back to the note. */
const toFacts = ({ facts, request }: Pick<JobMetadata, 'facts' | 'request'>): object => ({
  ...facts,
  ...(request && hasNothingOmitted(request) ? { request } : {}),
});

const hasNothingOmitted = ({ omitted = [] }: StoredRequest): boolean => omitted.length === 0;

/** The submission time in a note, which distinguishes jobs with the same number. */
function parseSubmitTime(note: object): Date | undefined {
  const { at, removed } = { at: undefined, removed: undefined, ...note } as {
    at?: unknown;
    removed?: unknown;
  };
  const time = typeof at === 'string' ? Date.parse(at) : typeof removed === 'number' ? removed : NaN;
  return Number.isFinite(time) && time > 0 ? new Date(time) : undefined;
}
