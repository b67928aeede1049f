import type { Ports } from './ports.js';
import { targets } from './target.js';

/** Cancels active jobs after a question; each is asked of its backend once. */
export async function cancelJobs(rows: readonly string[], ports: Ports): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await targets(rows, 'cancel', ui.say('Cancel Job'), jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  const button = chosen.length === 1 ? ui.say('Cancel Job') : ui.say('Cancel {0} Jobs', chosen.length);
  const question =
    chosen.length === 1 ? ui.say('Cancel {0}?', first.job.name) : ui.say('Cancel {0} jobs?', chosen.length);
  const detail =
    chosen.length === 1
      ? ui.say('What it has computed so far may be lost. Its log is kept.')
      : ui.say('What they have computed so far may be lost. Their logs are kept.');
  if ((await ui.ask(question, detail, [button])) !== button) return;
  await ui.progress(ui.say('Cancelling {0}', first.job.name), async (signal) => {
    const ends = await Promise.allSettled(
      chosen.map(async ({ backend, job }) => {
        await backend.cancel?.(job.id, signal);
      }),
    );
    await refreshAll(
      chosen.map(({ backend }) => backend.connection.id),
      ports,
    );
    rejectFirst(ends);
  });
}

/** Looks again at each of these connections, once. */
export async function refreshAll(connections: readonly string[], ports: Ports): Promise<void> {
  await Promise.all([...new Set(connections)].map((id) => ports.jobs.refresh(id)));
}

/** Throws the first failure among what was tried for several jobs. */
export function rejectFirst(ends: readonly PromiseSettledResult<unknown>[]): void {
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
