import { durationText, parseDuration } from '../core/presentation/duration.js';
import { runningMs } from '../core/domain/job.js';
import type { Ports } from './ports.js';
import { wrongLimit } from './steps.js';
import { target as one } from './target.js';

type ExtendJobDeps = Pick<Ports, 'ui' | 'jobs' | 'clock'>;

/** Suggested extension if the backend has no larger step, in milliseconds. */
const usualMs = 1_800_000;

/** Extends a running job's time limit. Calls the backend once. */
export async function extendJob(rows: readonly string[], ports: ExtendJobDeps): Promise<void> {
  const { ui, jobs, clock } = ports;
  const target = await one(rows, 'extend', 'Extend Time Limit', ports);
  if (!target) return;
  const { backend, job } = target;
  const { stepMs } = backend.capabilities.timeLimit ?? {};
  const answer = await ui.type(
    { title: `Extend ${job.name}` },
    {
      initial: durationText(Math.max(stepMs ?? 0, usualMs)),
      prompt: `Additional run time. ${job.tasks ? '' : left(job.limitMs, runningMs(job, clock.now()), ports)}`,
      check: (text) => wrongLimit(text, { mayBeNone: false, stepMs }),
    },
  );
  const byMs = answer.kind === 'value' ? parseDuration(answer.value) : undefined;
  if (byMs === undefined) return;
  await ui.progress(`Extending ${job.name}`, async (signal) => {
    await backend.control?.extend?.(job.id, byMs, signal);
    await jobs.refresh(backend.connection.id);
  });
}

function left(limitMs: number | undefined, ranMs: number | undefined, { ui: {} }: ExtendJobDeps): string {
  if (limitMs === undefined) return '';
  // Until the start time is known, all of the limit remains.
  return `Time remaining: ${durationText(Math.max(0, limitMs - (ranMs ?? 0)))}.`;
}
