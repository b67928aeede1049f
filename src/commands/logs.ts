import { fileName, logText } from '../core/logs/logText.js';
import type { Ports } from './ports.js';
import { logTarget } from './whichTask.js';

type LogsDeps = Pick<Ports, 'ui' | 'jobs' | 'logs' | 'disk' | 'clock'>;

/**
 * Shows a job's log in its output channel and follows it. For an array, this and the other commands prompt
 * for the task.
 */
export async function showLog(rows: readonly string[], ports: LogsDeps): Promise<void> {
  const target = await logTarget(rows, 'Show Log', ports);
  if (target) await ports.logs.show(target);
}

/** Opens a job's log in a read-only editor that follows it until the job finishes. */
export async function openLog(rows: readonly string[], ports: LogsDeps): Promise<void> {
  const target = await logTarget(rows, 'Open Log in Editor', ports);
  if (target) await ports.logs.openInEditor(target);
}

/** Shows a job's log in a terminal, with colors. */
export async function showLogInTerminal(rows: readonly string[], ports: LogsDeps): Promise<void> {
  const target = await logTarget(rows, 'Show Log in Terminal', ports);
  if (target) await ports.logs.openInTerminal(target);
}

/** Saves what a job has written so far to a file that the user selects. */
export async function saveLog(rows: readonly string[], ports: LogsDeps): Promise<void> {
  const { ui, disk } = ports;
  const target = await logTarget(rows, 'Save Log As', ports);
  if (!target) return;
  const { backend, job, source } = target;
  const { logs } = backend;
  if (!logs) return;
  const path = await ui.saveAs(
    `Save Log of ${job.name}`,
    `${fileName(job.name)}-${fileName(job.id)}${source ? `-${fileName(source.id)}` : ''}.log`,
  );
  if (path === undefined) return;
  await ui.progress(`Saving the log of ${job.name}`, (signal) =>
    disk.save(path, logText(logs.read(job.id, { at: 'start' }, false, signal, source?.id)), signal),
  );
  void offerToOpen(path, ports);
}

async function offerToOpen(path: string, { ui }: LogsDeps): Promise<void> {
  const open = 'Open';
  if ((await ui.tell('info', `The log was saved as ${path}.`, [open])) === open) await ui.openFile(path);
}
