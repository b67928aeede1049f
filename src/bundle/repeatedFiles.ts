import { dirname } from 'node:path';
import type { UnmeasuredPath } from './scanResult.js';
import type { FollowedLink } from './followLinks.js';
import { isWithin } from '../lib/node/paths.js';

/** The maximum number of files and folders that links can repeat. */
const maxRepeatedItems = 100_000;

/**
 * The number of repeated files that always causes a warning, and that causes one if most files are repeated.
 */
const repeatWarningBounds = { always: 100, most: 10 };

/**
 * Counts files that links repeat in a bundle: links to folders that contain links to folders can turn a dozen
 * files into thousands.
 */
export class RepeatedFiles {
  files = 0;
  /** Files and folders, including excluded ones. */
  items = 0;
  #left = 0;
  readonly #targets = new Set<string>();

  constructor(private readonly realRoot: string) {}

  /** True if the target of a link has been walked before. */
  isRepeated(link: FollowedLink | undefined): boolean {
    if (!link) return false;
    const isKnown = isWithin(link.to, this.realRoot) || this.#isWithinTarget(link.to);
    this.#targets.add(link.to);
    return isKnown;
  }

  #isWithinTarget(path: string): boolean {
    for (let at = path; ; at = dirname(at)) {
      if (this.#targets.has(at)) return true;
      if (at === dirname(at)) return false;
    }
  }

  /** False if the limit is reached; the link is then excluded. */
  canFollow(): boolean {
    if (this.items < maxRepeatedItems) return true;
    this.#left++;
    return false;
  }

  warnings(found: readonly UnmeasuredPath[]): readonly string[] {
    const { files } = this;
    const all = found.reduce(
      (sum, item) => sum + ('names' in item ? item.names.length : isPlainFile(item) ? 1 : 0),
      0,
    );
    const warnings: string[] = [];
    if (files >= repeatWarningBounds.always || (files >= repeatWarningBounds.most && files > all - files))
      warnings.push(
        `${String(files)} of ${String(all)} files are duplicates, because links in the folder lead to them.`,
      );
    if (this.#left > 0)
      warnings.push(
        `${String(this.#left)} links are excluded: earlier links already repeat ${String(this.items)} files and folders (limit: ${String(maxRepeatedItems)}).`,
      );
    return warnings;
  }
}

const isPlainFile = (item: Exclude<UnmeasuredPath, { names: string[] }>): boolean =>
  item.type === 'file' && !('included' in item);
