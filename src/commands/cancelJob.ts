import type { Ports } from './ports.js';
import { doToAll } from './several.js';
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
  await doToAll(chosen, ui.say('Cancelling {0}', first.job.name), ports, async ({ backend, job }, signal) => {
    await backend.cancel?.(job.id, signal);
  });
}
