import { durationText } from '../core/presentation/duration.js';
import { jobRowId } from '../core/presentation/rowIds.js';
import type { Ports } from './ports.js';
import { can, rowIdOf, type Target } from './target.js';

type TellLimitDeps = Pick<Ports, 'ui' | 'jobs' | 'store' | 'clock' | 'choices'>;

/** Time limit up to which there is no warning, in milliseconds: users watch such short jobs anyway. */
const shortMs = 300_000;

/** Warns, in only one window, that a job is about to reach its time limit, and offers to extend it. */
export async function tellLimit(target: Target, endsAt: Date, ports: TellLimitDeps): Promise<void> {
  const { ui, store, clock, choices } = ports;
  const { backend, job } = target;
  if (choices.notify() === 'none' || (job.limitMs ?? 0) <= shortMs) return;
  const key = `limit:${jobRowId(backend.connection.id, job.id)}:${String(endsAt.getTime())}`;
  if (!(await store.claim(key))) return;
  const left = durationText(Math.max(0, endsAt.getTime() - clock.now().getTime()));
  const extend = 'Extend…';
  const buttons = can(target, 'extend') ? [extend] : [];
  const pressed = await ui.tell(
    'warning',
    `${job.name} will reach its time limit in ${left} and be stopped.`,
    buttons,
  );
  if (pressed !== extend) return;
  // Loaded on demand: it includes the submission code, which is rarely needed.
  const { extendJob } = await import('./extendJob.js');
  await extendJob([rowIdOf(target)], ports);
}
