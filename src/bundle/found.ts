import type { Choice } from '../core/domain/ports.js';
import type { Entry } from './entry.js';

/** What stays behind. */
export interface Left extends Choice {
  readonly included: false;
  /** Absolute path; undefined: `path` below the folder. */
  readonly source?: string;
}

/** One path that a walk met: what goes into the tar for it, or that it stays behind. */
export type Found = Entry | Left;

/**
 * The same before the disk was asked about it: files have no size yet, and plain ones that go into the tar stand together.
 * An object for each would outlive the walk; this and what `folderRules.ts` does took 100 000 files from 171 to 137 ms.
 */
export type Named = Files | Draft<Entry> | Draft<Left>;

/** Plain files that follow each other in a folder, whose path ends with `/` unless it is empty. */
export interface Files {
  readonly folder: string;
  readonly names: string[];
}

/** Can be filled in. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** True: it goes into the tar. */
export const isTaken = (found: Found): found is Entry => !('included' in found);

/** What becomes of a path. */
export function choiceOf(found: Found): Choice {
  if (!isTaken(found)) return found;
  const { path, type, bytes } = found;
  return { path, type: type === 'directory' ? 'directory' : 'file', bytes, included: true };
}
