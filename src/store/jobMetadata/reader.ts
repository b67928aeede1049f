import type { Log } from '../../core/domain/ports.js';
import { parseEntry, type MetadataEntry } from './entry.js';
import { readText } from '../../lib/node/files.js';
import { readStamp } from './files.js';

/** The most that is read of one job, in bytes. */
export const maxEntryBytes = 4 * 1024 * 1024;

/** How many entries are kept in memory, the ones used last. */
const maxCached = 2_000;

/** Reads entries, each again only when its file has changed. */
export interface EntryReader {
  /** Undefined: there is none, or it cannot be read, which is logged. */
  readonly load: (path: string) => Promise<MetadataEntry | undefined>;
  /** Logs a fault once. */
  readonly report: (key: string, text: string) => void;
}

export function createEntryReader(log: Log): EntryReader {
  const cache = new Map<string, { readonly stamp: string; readonly entry: MetadataEntry }>();
  const reported = new Set<string>();
  const report = (key: string, text: string): void => {
    if (reported.has(key)) return;
    reported.add(key);
    log.warn(text);
  };
  const keep = (path: string, stamp: string, entry: MetadataEntry): void => {
    cache.delete(path);
    cache.set(path, { stamp, entry });
    const [oldest] = cache.keys();
    if (cache.size > maxCached && oldest !== undefined) cache.delete(oldest);
  };
  return {
    report,
    load: async (path) => {
      const stamp = await readStamp(path);
      if (stamp === undefined) return undefined;
      const known = cache.get(path);
      if (known?.stamp === stamp) {
        keep(path, stamp, known.entry);
        return known.entry;
      }
      try {
        const entry = parseEntry(await readText(path, maxEntryBytes));
        const { damaged } = entry;
        if (damaged.length > 0) report(`${path} ${String(damaged.length)}`, formatDamaged(path, entry));
        keep(path, stamp, entry);
        return entry;
      } catch (error) {
        report(path, `the metadata in ${path} cannot be read: ${String(error)}`);
        return undefined;
      }
    },
  };
}

const formatDamaged = (path: string, { job, damaged }: MetadataEntry): string =>
  `${String(damaged.length)} changes of the metadata of job ${job ?? 'unknown'} are damaged and ignored; they remain in ${path}`;
