import { basename } from 'node:path/posix';
import type { Log } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import { findRoot, removeFolder, type HostFiles } from '../hosts/folders.js';
import { run } from '../hosts/run.js';
import { folderForm } from './staging.js';

/** How long the folders of ended jobs stay on the cluster. */
export interface Retention {
  /** As for staging. */
  readonly root: string;
  /** 0: for ever. */
  readonly days: () => number;
  /** Folders in which jobs wait or run, absolute; rejects where that is not known. */
  readonly inUse: () => Promise<ReadonlySet<string>>;
  readonly log: Log;
}

/** So many folders at most are removed at once. */
const mostAtOnce = 20;

/**
 * Removes what is too old below the root: only folders that have our form of name and hold our script, in which nothing
 * was written for so long and no job waits or runs. Never fails; a submission does not wait for it.
 */
export async function removeOld(files: HostFiles, retention: Retention): Promise<void> {
  const { root, days, inUse, log } = retention;
  const { host, place } = files;
  if (days() <= 0) return;
  const never = new AbortController().signal;
  try {
    const argv = ['sh', '-c', list, 'sh', root, String(Math.ceil(days()))];
    const { code, output, errors } = await run(host, { argv }, { ...files, ms: 60_000 }, never);
    if (code !== 0) throw new JobError({ kind: 'refused', place, words: errors.trim() });
    const all = output.split('\n').filter((path) => path.startsWith('/') && folderForm.test(basename(path)));
    // By their names, which no two share: the way to a folder may go over a link.
    const used = new Set([...(all.length > 0 ? await inUse() : [])].map((path) => basename(path)));
    for (const path of all.filter((one) => !used.has(basename(one))).slice(0, mostAtOnce)) {
      await removeFolder(files, path, never);
      log.info(`removed the old folder ${path} on ${place}`);
    }
  } catch (error) {
    log.warn(`old folders on ${place} could not be removed: ${String(error)}`);
  }
}

/** A folder is as old as the newest thing in it, and young where that cannot be told. */
const list = `
${findRoot}
cd -- "$root" 2>/dev/null || exit 0
at=$(pwd -P) || exit 0
for d in [0-9]*-[0-9]*-*; do
  [ ! -L "$d" ] && [ -f "$d/job.sh" ] && [ -d "$d/work" ] || continue
  [ -n "$({ find "./$d" -mtime "-$2" -print 2>/dev/null || echo unknown; } | head -n 1)" ] || echo "$at/$d"
done
`;
