import { dirname } from 'node:path';
import type { Named } from './found.js';
import type { Followed } from './links.js';
import { isWithin } from '../lib/node/paths.js';

/** How many files and folders links may bring again. */
const maxItems = 100_000;

/** From so many repeated files on it is said, and where they are more than the others from so many on. */
const warnFrom = { always: 100, most: 10 };

/**
 * What links bring into a bundle that is in it already: links to folders that hold links to folders multiply files, a
 * dozen to thousands.
 */
export class Repeats {
  files = 0;
  /** Files and folders, also those that rules exclude. */
  items = 0;
  #left = 0;
  readonly #targets = new Set<string>();

  constructor(private readonly realRoot: string) {}

  /** True: what the link leads to is walked through a second time at least. */
  isRepeated(link: Followed | undefined): boolean {
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

  /** False: it is enough; the link stays behind. */
  mayFollow(): boolean {
    if (this.items < maxItems) return true;
    this.#left++;
    return false;
  }

  warnings(found: readonly Named[]): readonly string[] {
    const { files } = this;
    const all = found.reduce(
      (sum, item) => sum + ('names' in item ? item.names.length : isFile(item) ? 1 : 0),
      0,
    );
    const warnings: string[] = [];
    if (files >= warnFrom.always || (files >= warnFrom.most && files > all - files))
      warnings.push(
        `${String(files)} of ${String(all)} files are sent again since links in the folder lead to them.`,
      );
    if (this.#left > 0)
      warnings.push(
        `${String(this.#left)} links stay behind: those before them bring ${String(this.items)} files and folders again, and ${String(maxItems)} are enough.`,
      );
    return warnings;
  }
}

const isFile = (item: Exclude<Named, { names: string[] }>): boolean =>
  item.type === 'file' && !('included' in item);
