import { formatDuration, parseDuration } from '../core/presentation/formatting.js';
import { getRunTimeMs } from '../core/domain/job.js';
import type { CommandDeps } from './commandDeps.js';
import { validateTimeLimit } from './submitSteps.js';
import { resolveTarget as one, type JobTarget } from './resolveTargets.js';
import type { UserInterface } from './ui.js';

type ExtendJobDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'clock'>;

/** Suggested extension if the backend has no larger step, in milliseconds. */
const defaultExtensionMs = 1_800_000;

/** Extends a running job's time limit. Calls the backend once. */
export async function extendJob(rows: readonly string[], ports: ExtendJobDeps): Promise<void> {
  const { ui, jobs, clock } = ports;
  const target = await one(rows, 'extend', 'Extend Time Limit', ports);
  if (!target) return;
  const { backend, job } = target;
  if (!(await confirmExtension(target, ui))) return;
  const { stepMs } = backend.capabilities.timeLimit ?? {};
  const answer = await ui.input(
    { title: `Extend ${job.name}` },
    {
      initial: formatDuration(Math.max(stepMs ?? 0, defaultExtensionMs)),
      prompt: `Additional run time. ${job.tasks ? '' : formatTimeLeft(job.limitMs, getRunTimeMs(job, clock.now()), ports)}`,
      validate: (text) => validateTimeLimit(text, { isOptional: false, stepMs }),
    },
  );
  const byMs = answer.kind === 'value' ? parseDuration(answer.value) : undefined;
  if (byMs === undefined) return;
  await ui.progress(`Extending ${job.name}`, async (signal) => {
    await backend.control?.extend?.(job.id, byMs, signal);
    await jobs.refresh(backend.connection.id);
  });
}

/** Says before anything is asked if the extension will probably be refused; false: not to be tried. */
async function confirmExtension({ backend, job }: JobTarget, ui: UserInterface): Promise<boolean> {
  const warning = backend.control?.extendWarning;
  if (warning === undefined) return true;
  const tryAnyway = 'Try Anyway';
  return (await ui.confirm(`Extend the time limit of ${job.name}?`, warning, [tryAnyway])) === tryAnyway;
}

function formatTimeLeft(
  limitMs: number | undefined,
  ranMs: number | undefined,
  { ui: {} }: ExtendJobDeps,
): string {
  if (limitMs === undefined) return '';
  // Until the start time is known, all of the limit remains.
  return `Time remaining: ${formatDuration(Math.max(0, limitMs - (ranMs ?? 0)))}.`;
}
