import { toFileName, formatLog } from '../core/logs/formatLog.js';
import type { CommandDeps } from './commandDeps.js';
import { pickLogTarget } from './pickTask.js';

type LogsDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'logs' | 'disk' | 'clock'>;

/**
 * Shows a job's log in its output channel and follows it. For an array, this and the other commands prompt
 * for the task.
 */
export async function showLog(rows: readonly string[], ports: LogsDeps): Promise<void> {
  const target = await pickLogTarget(rows, 'Show Log', ports);
  if (target) await ports.logs.show(target);
}

/** Opens a job's log in a read-only editor that follows it until the job finishes. */
export async function openLog(rows: readonly string[], ports: LogsDeps): Promise<void> {
  const target = await pickLogTarget(rows, 'Open Log in Editor', ports);
  if (target) await ports.logs.openInEditor(target);
}

/** Shows a job's log in a terminal, with colors. */
export async function showLogInTerminal(rows: readonly string[], ports: LogsDeps): Promise<void> {
  const target = await pickLogTarget(rows, 'Show Log in Terminal', ports);
  if (target) await ports.logs.openInTerminal(target);
}

/** Saves what a job has written so far to a file that the user selects. */
export async function saveLog(rows: readonly string[], ports: LogsDeps): Promise<void> {
  const { ui, disk } = ports;
  const target = await pickLogTarget(rows, 'Save Log As', ports);
  if (!target) return;
  const { backend, job, source } = target;
  const { logs } = backend;
  if (!logs) return;
  const path = await ui.saveAs(
    `Save Log of ${job.name}`,
    `${toFileName(job.name)}-${toFileName(job.id)}${source ? `-${toFileName(source.id)}` : ''}.log`,
  );
  if (path === undefined) return;
  await ui.progress(`Saving the log of ${job.name}`, (signal) =>
    disk.save(path, formatLog(logs.read(job.id, { at: 'start' }, false, signal, source?.id)), signal),
  );
  void offerToOpen(path, ports);
}

async function offerToOpen(path: string, { ui }: LogsDeps): Promise<void> {
  const open = 'Open';
  if ((await ui.showMessage('info', `The log was saved as ${path}.`, [open])) === open)
    await ui.openFile(path);
}
