import { countText } from '../core/presentation/duration.js';
import type { TaskCounts } from '../core/domain/job.js';
import { tasksText } from '../core/presentation/state.js';
import type { Ports } from './ports.js';
import { doToAll } from './several.js';
import { arrayOf, targets, type Target } from './target.js';
import { findAction } from '../core/domain/actions.js';
import { doAction } from './jobActions.js';

/** What it needs of the editor and of the jobs. */
type CancelJobDeps = Pick<Ports, 'ui' | 'jobs' | 'clock'>;

/** The action that cancels only what has not begun. */
const cancelQueued = 'cancelQueued';

/** What is to be cancelled of what was chosen. */
type Extent = 'all' | 'queued';

/** Cancels active jobs after a question, of an array all or only the queued tasks; each is asked of its backend once. */
export async function cancelJobs(rows: readonly string[], ports: CancelJobDeps): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await targets(rows, 'cancel', ui.say('Cancel Job'), jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  const extent = await askExtent(first, chosen.length, ports);
  if (!extent) return;
  const progress = ui.say('Cancelling {0}', first.job.name);
  if (extent === 'queued') return doAction(cancelQueued, chosen, progress, {}, ports);
  await doToAll(chosen, progress, ports, async ({ backend, job }, signal) => {
    await backend.control?.cancel?.(job.id, signal);
  });
}

/** Asks what is to be cancelled; undefined: nothing. */
async function askExtent(first: Target, count: number, ports: CancelJobDeps): Promise<Extent | undefined> {
  const { ui } = ports;
  const { say } = ui;
  const { tasks } = first.job;
  if (count === 1 && tasks && tasks.running + tasks.queued > 0) return askOfArray(first, tasks, ports);
  const isTask = arrayOf(first, ports.jobs) !== undefined;
  const [question, detail, button] =
    count > 1
      ? [
          say('Cancel {0} jobs?', count),
          say('What they have computed so far may be lost. Their logs are kept.'),
          say('Cancel {0} Jobs', count),
        ]
      : [
          isTask
            ? say('Cancel task {0} of {1}?', first.job.id, first.job.name)
            : say('Cancel {0}?', first.job.name),
          say('What it has computed so far may be lost. Its log is kept.'),
          isTask ? say('Cancel Task') : say('Cancel Job'),
        ];
  return (await ui.ask(question, detail, [button])) === button ? 'all' : undefined;
}

async function askOfArray(
  { backend, job }: Target,
  tasks: TaskCounts,
  { ui }: CancelJobDeps,
): Promise<Extent | undefined> {
  const { say } = ui;
  const { name } = job;
  const { running, queued } = tasks;
  const count = running + queued;
  const all = count === 1 ? say('Cancel 1 Task') : say('Cancel All {0} Tasks', countText(count));
  const waiting =
    queued === 1 ? say('Cancel 1 Queued Task') : say('Cancel {0} Queued Tasks', countText(queued));
  const button = await ui.ask(
    say('Cancel {0}?', name),
    say(
      'Its tasks: {0}. What running ones have computed so far may be lost. Their logs are kept.',
      tasksText(tasks, say),
    ),
    running > 0 && findAction(backend, cancelQueued)?.isEnabled(job) ? [all, waiting] : [all],
  );
  if (button === all) return 'all';
  return button === waiting ? 'queued' : undefined;
}
