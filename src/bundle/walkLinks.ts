import { isWithin } from '../lib/node/paths.js';
import { isCircularLink, resolveBundlePath, getTargetWithin } from './followLinks.js';
import { getAbsolutePath, type WalkContext } from './walkContext.js';
import { toUnreadableError } from '../core/domain/diskError.js';
import type { WalkOutput } from './walkOutput.js';

/** Adds a link within a copied directory as a link; false if it is not in a copied directory or leads out. */
export function addLink(path: string, place: WalkContext, walk: WalkOutput): boolean {
  const { copied, absolute: folder } = place;
  if (copied === undefined || folder === undefined) return false;
  try {
    const target = getTargetWithin(getAbsolutePath(path, place), folder, copied);
    if (target === undefined) return false;
    walk.paths.push({ path, type: 'symlink', bytes: 0, mtimeMs: 0, executable: true, target });
    return true;
  } catch (error) {
    throw toUnreadableError(error, path);
  }
}

/**
 * Follows a link and returns all links so far; undefined if it leads to a directory that contains it. Warns
 * if it leads out of the folder.
 */
export function followLink(
  path: string,
  place: WalkContext,
  walk: WalkOutput,
): WalkContext['links'] | undefined {
  const link = {
    from: resolveBundlePath(place.absolute ?? '', path),
    to: resolveBundlePath(getAbsolutePath(path, place), path),
  };
  const start = place.copied ?? walk.realRoot;
  const origins = [walk.realRoot, start, ...place.links.map(({ from }) => from)];
  if (isCircularLink(link, origins)) return undefined;
  const known = [walk.realRoot, start, ...place.links.map(({ to }) => to)];
  if (!known.some((folder) => isWithin(link.to, folder)))
    walk.warnings.push(`${path} links outside the folder; its target is included: ${link.to}`);
  return [...place.links, link];
}
