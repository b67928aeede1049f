import type { Clock, Log } from '../../core/ports.js';
import type { Say } from '../../core/say.js';
import { run } from '../hosts/run.js';
import type { Calls } from './calls.js';

/** How long the folders of ended jobs stay on the cluster. */
export interface Retention {
  /** As for staging. */
  readonly root: string;
  /** 0: for ever. */
  readonly days: () => number;
  /** Folders in which jobs wait or run, absolute. */
  readonly inUse: () => Promise<ReadonlySet<string>>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Removes what is too old below the root: only folders that have our form of name and hold our script, in which nothing
 * was written for so long and no job waits or runs. Never fails; a submission does not wait for it.
 */
export async function removeOld(calls: Calls, retention: Retention, _say: Say): Promise<void> {
  const { root, days, inUse, clock, log } = retention;
  if (days() <= 0) return;
  const never = new AbortController().signal;
  try {
    const argv = ['sh', '-c', list, 'sh', root, String(days())];
    const { output } = await run(calls.host, { argv }, { ms: 60_000, clock }, never);
    const used = await inUse();
    const old = output
      .split('\n')
      .filter((path) => /\/\d{8}-\d{6}-[0-9a-f]{8}$/.test(path) && !used.has(path));
    for (const path of old.slice(0, mostAtOnce)) {
      await run(calls.host, { argv: ['rm', '-rf', '--', path] }, { ms: 120_000, clock }, never);
      log.info(`removed the old folder ${path} on ${calls.place}`);
    }
  } catch (error) {
    log.warn(`old folders on ${calls.place} could not be looked through: ${String(error)}`);
  }
}

const mostAtOnce = 20;

/** A folder is as old as the newest thing in it. */
const list = `
root=$1
case $root in "~") root=$HOME;; "~/"*) root=$HOME/\${root#"~/"};; esac
cd -- "$root" 2>/dev/null || exit 0
for d in [0-9]*-[0-9]*-*; do
  [ -f "$d/job.sh" ] && [ -d "$d/work" ] || continue
  [ -n "$(find "$d" -mtime "-$2" -newermt 1970-02-01 -print | head -n 1)" ] || echo "$PWD/$d"
done
`;
