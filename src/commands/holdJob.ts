import type { Ports } from './ports.js';
import { doToAll } from './several.js';
import { targets } from './target.js';

/** Keeps queued jobs from starting until they are released. Asks nothing first: it can be taken back. */
export async function holdJobs(rows: readonly string[], ports: Ports): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await targets(rows, 'hold', ui.say('Hold Job'), jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  await doToAll(chosen, ui.say('Holding {0}', first.job.name), ports, async ({ backend, job }, signal) => {
    await backend.hold?.(job.id, signal);
  });
}

/** Lets held jobs start again once it is their turn. */
export async function releaseJobs(rows: readonly string[], ports: Ports): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await targets(rows, 'release', ui.say('Release Job'), jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  await doToAll(chosen, ui.say('Releasing {0}', first.job.name), ports, async ({ backend, job }, signal) => {
    await backend.release?.(job.id, signal);
  });
}
