import type { Ports } from './ports.js';
import { doToAll } from './several.js';
import { arrayOf, targets } from './target.js';

/** Puts jobs into the queue again under the same name, after a question. */
export async function requeueJobs(rows: readonly string[], ports: Ports): Promise<void> {
  const { ui, jobs, clock } = ports;
  const { say } = ui;
  const chosen = await targets(rows, 'requeue', say('Requeue Job'), jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  const { id, name } = first.job;
  const one = arrayOf(first, jobs) ? say('Requeue task {0} of {1}?', id, name) : say('Requeue {0}?', name);
  const [question, detail, button] =
    chosen.length === 1
      ? [
          one,
          say('It begins anew under the same ID. What it has written, its log too, may be overwritten.'),
          say('Requeue Job'),
        ]
      : [
          say('Requeue {0} jobs?', chosen.length),
          say(
            'They begin anew under the same IDs. What they have written, their logs too, may be overwritten.',
          ),
          say('Requeue {0} Jobs', chosen.length),
        ];
  if ((await ui.ask(question, detail, [button])) !== button) return;
  await doToAll(chosen, say('Requeuing {0}', name), ports, async ({ backend, job }, signal) => {
    await backend.requeue?.(job.id, signal);
  });
}
