import type { CommandDeps } from './commandDeps.js';
import { resolveTarget } from './resolveTargets.js';

type GoToErrorDeps = Pick<CommandDeps, 'ui' | 'desk' | 'jobs' | 'logs' | 'logTails' | 'clock'>;

/**
 * Opens the line of a failed job's error in the workspace's file. If the log names no line, or the file is not in the
 * workspace, shows the log instead.
 */
export async function goToError(rows: readonly string[], ports: GoToErrorDeps): Promise<void> {
  const { ui, desk, logs, logTails } = ports;
  const target = await resolveTarget(rows, 'failure', 'Go to Error', ports);
  if (!target) return;
  const failure = await logTails.findFailure(target);
  const path = failure?.file === undefined ? undefined : await desk.findWorkspaceFile(failure.file);
  if (path === undefined) await logs.show(target);
  else await ui.openFile(path, failure?.line);
}
