import { durationText } from '../core/presentation/duration.js';
import { jobRowId } from '../core/presentation/rowIds.js';
import type { Ports } from './ports.js';
import { can, rowIdOf, type Target } from './target.js';

/** What it needs of the editor and of the jobs. */
type TellLimitDeps = Pick<Ports, 'ui' | 'jobs' | 'store' | 'clock' | 'choices'>;

/** Jobs of at most this length are watched by whoever runs them; a warning would only be in the way. */
const shortMs = 300_000;

/** Warns, in one of all windows, that a job is about to reach its time limit, and offers to extend it. */
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
  // With all that asks for a submission; seldom wanted, and reminders stand from the start.
  const { extendJob } = await import('./extendJob.js');
  await extendJob([rowIdOf(target)], ports);
}
