import { formatDuration } from '../core/presentation/formatting.js';
import { toJobRowId } from '../core/presentation/rowIds.js';
import type { CommandDeps } from './commandDeps.js';
import { canPerform, getRowId, type JobTarget } from './resolveTargets.js';

type NotifyTimeLimitDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'store' | 'clock' | 'choices'>;

/** Time limit up to which there is no warning, in milliseconds: users watch such short jobs anyway. */
const minWarnedLimitMs = 300_000;

/** Warns, in only one window, that a job is about to reach its time limit, and offers to extend it. */
export async function notifyTimeLimit(
  target: JobTarget,
  endsAt: Date,
  ports: NotifyTimeLimitDeps,
): Promise<void> {
  const { ui, store, clock, choices } = ports;
  const { backend, job } = target;
  if (choices.notify() === 'none' || (job.limitMs ?? 0) <= minWarnedLimitMs) return;
  const key = `limit:${toJobRowId(backend.connection.id, job.id)}:${String(endsAt.getTime())}`;
  if (!(await store.claim(key))) return;
  const left = formatDuration(Math.max(0, endsAt.getTime() - clock.now().getTime()));
  const extend = 'Extend…';
  const buttons = canPerform(target, 'extend') ? [extend] : [];
  const pressed = await ui.showMessage(
    'warning',
    `${job.name} will reach its time limit in ${left} and be stopped.`,
    buttons,
  );
  if (pressed !== extend) return;
  // Loaded on demand: it includes the submission code, which is rarely needed.
  const { extendJob } = await import('./extendJob.js');
  await extendJob([getRowId(target)], ports);
}
