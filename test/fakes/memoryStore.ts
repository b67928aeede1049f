import { inspect } from 'node:util';
import type { JobStore, Log } from '../../src/core/domain/ports.js';

/** A store in memory that serializes to JSON like the real one. */
export function memoryStore(known: Readonly<Record<string, readonly unknown[]>> = {}): JobStore & {
  readonly written: Map<string, string>;
} {
  const written = new Map(Object.entries(known).map(([id, jobs]) => [id, JSON.stringify(jobs)]));
  const claimed = new Set<string>();
  return {
    written,
    read: (connection) => Promise.resolve(JSON.parse(written.get(connection) ?? '[]') as readonly unknown[]),
    write: (connection, jobs) => {
      written.set(connection, JSON.stringify(jobs));
      return Promise.resolve();
    },
    claim: (key) => {
      const isFirst = !claimed.has(key);
      claimed.add(key);
      return Promise.resolve(isFirst);
    },
  };
}

/** A log that stores its lines, each after its level. */
export function memoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    info: (text) => lines.push(`info ${text}`),
    warn: (text) => lines.push(`warn ${text}`),
    error: (text, cause) => lines.push(`error ${text}${cause === undefined ? '' : `: ${inspect(cause)}`}`),
  };
}
