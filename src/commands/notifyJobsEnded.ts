import type { StoredFailure } from '../core/domain/jobMetadata.js';
import { isFailed } from '../core/domain/jobFailure.js';
import { neverAborted } from '../lib/abort.js';
import { assertNever } from '../lib/assertNever.js';
import { toEndKey } from './endClaims.js';
import { showEndSummary, showJobEnd, type EndMessageDeps } from './endMessages.js';
import { readTimeoutMs } from './logTails.js';
import { getRowId, type JobTarget } from './resolveTargets.js';
import type { CommandDeps } from './commandDeps.js';

type NotifyJobsEndedDeps = EndMessageDeps & Pick<CommandDeps, 'store' | 'details' | 'logTails' | 'log'>;

/** Maximum number of jobs that fail at once whose reasons are read; those of the others are read when shown. */
const maxReadFailures = 10;

/** How long a window waits for one that has a better reason to notify, in milliseconds. */
const behindFocusedMs = 500;
const minBehindSubmittingMs = 2_000;
const maxBehindSubmittingMs = 10_000;

/** Finds the reason of a failed job once for all that need it. */
type FailureLookup = (target: JobTarget) => Promise<StoredFailure | undefined>;

/**
 * Notifies of jobs that finished together, each in only one window: one that finished alone with its details, several
 * with their number. Stores why they failed.
 */
export async function notifyJobsEnded(
  ended: readonly JobTarget[],
  whileAway: boolean,
  ports: NotifyJobsEndedDeps,
  signal: AbortSignal = neverAborted,
): Promise<void> {
  const findReason = createFailureLookup(ports);
  const storing = whileAway ? undefined : storeFailures(ended, findReason, ports, signal);
  const groups = new Map<number, JobTarget[]>();
  for (const target of ended.filter(({ job }) => shouldNotify(job, ports))) {
    const waitMs = getWaitMs(target, ports);
    groups.set(waitMs, [...(groups.get(waitMs) ?? []), target]);
  }
  const notify = async (waitMs: number, targets: readonly JobTarget[]): Promise<void> => {
    if (waitMs > 0) await ports.clock.sleep(waitMs, signal);
    const mine: JobTarget[] = [];
    for (const target of targets) {
      const isClaimed = await ports.store.claim(toEndKey(target));
      if (isClaimed && !isOnScreen(target, ports)) mine.push(target);
    }
    const [first, ...others] = mine;
    if (!first) return;
    if (whileAway || others.length > 0) await showEndSummary(mine, whileAway, ports);
    else await showJobEnd(first, findReason, ports);
  };
  await Promise.all([storing, ...[...groups].map(([waitMs, targets]) => notify(waitMs, targets))]);
}

function shouldNotify(job: JobTarget['job'], { choices }: NotifyJobsEndedDeps): boolean {
  const notify = choices.notify();
  switch (notify) {
    case 'all':
      return true;
    case 'failures':
      return isFailed(job);
    case 'none':
      return false;
    default:
      return assertNever(notify);
  }
}

/** True if the user sees the success without a notification: the log is visible in the focused window. */
const isOnScreen = (target: JobTarget, { ui, logs }: NotifyJobsEndedDeps): boolean => {
  const { state } = target.job;
  return state.kind === 'ended' && state.outcome === 'completed' && ui.isFocused() && logs.isVisible(target);
};

/**
 * How long this window leaves the notification to another one, in milliseconds: first the focused window that shows the
 * log, then the one that submitted the job, the focused one, and any. Each window may poll at another time.
 */
function getWaitMs(target: JobTarget, ports: NotifyJobsEndedDeps): number {
  const { ui, jobs } = ports;
  if (isOnScreen(target, ports)) return 0;
  if (jobs.isSubmittedHere(target)) return ui.isFocused() ? 0 : behindFocusedMs;
  const pollMs = target.backend.capabilities.pollInterval({ activeCount: 1 });
  const waitMs = Math.min(Math.max(pollMs, minBehindSubmittingMs), maxBehindSubmittingMs);
  return ui.isFocused() ? waitMs : waitMs + minBehindSubmittingMs;
}

function createFailureLookup({ logTails }: NotifyJobsEndedDeps): FailureLookup {
  const found = new Map<string, Promise<StoredFailure | undefined>>();
  return (target) => {
    const key = getRowId(target);
    const lookup = found.get(key) ?? logTails.findFailure(target);
    found.set(key, lookup);
    return lookup;
  };
}

/** Stores why jobs failed: one window reads each log, the others what it has stored. */
async function storeFailures(
  ended: readonly JobTarget[],
  findReason: FailureLookup,
  { store, details, clock, log }: NotifyJobsEndedDeps,
  signal: AbortSignal,
): Promise<void> {
  const failed = ended.filter(({ job }) => isFailed(job) && !job.tasks).slice(0, maxReadFailures);
  const others: JobTarget[] = [];
  for (const target of failed)
    try {
      if (await store.claim(`failure/${toEndKey(target)}`)) await findReason(target);
      else others.push(target);
    } catch (error) {
      log.warn(`could not store why ${target.job.id} failed: ${String(error)}`);
    }
  if (others.length === 0) return;
  await clock.sleep(2 * readTimeoutMs, signal);
  for (const { backend, job } of others) await details.read(backend.connection, job);
}
