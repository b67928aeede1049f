import type { JobError } from '../core/domain/problem.js';
import { statIfPresent } from './followLinks.js';
import type { FolderItem } from './listFolder.js';
import { getAbsolutePath, type WalkContext } from './walkContext.js';
import { toUnreadableError } from '../core/domain/diskError.js';

/** An inspected item of a directory. */
export interface WalkItem {
  readonly name: string;
  readonly path: string;
  readonly isLink: boolean;
  /** The type of a link's target, if it exists. `other`: a pipe, a socket or a device. */
  readonly kind: 'file' | 'directory' | 'other' | 'nothing';
  /** Why it could not be inspected; irrelevant if a rule excludes it. */
  readonly failure: JobError | undefined;
}

/** Inspects an item that is not a plain file; undefined if it was deleted in the meantime. */
export function inspectItem(dirent: FolderItem, place: WalkContext): WalkItem | undefined {
  const { name } = dirent;
  const path = place.path + name;
  if (dirent.isDirectory()) return { name, path, isLink: false, kind: 'directory', failure: undefined };
  const isLink = dirent.isSymbolicLink();
  try {
    const stats = statIfPresent(getAbsolutePath(path, place));
    if (!stats && !isLink) return undefined;
    const kind = stats?.isFile() ? 'file' : stats?.isDirectory() ? 'directory' : stats ? 'other' : 'nothing';
    return { name, path, isLink, kind, failure: undefined };
  } catch (error) {
    return { name, path, isLink, kind: 'file', failure: toUnreadableError(error, path) };
  }
}
