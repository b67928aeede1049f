import { isMainThread, workerData } from 'node:worker_threads';
import type { ExtensionContext } from 'vscode';

/**
 * The one file that ships plays four parts: the extension in VS Code's extension host, the worker thread that packs
 * bundles, the runner process of a job on this machine, and the helper by which ssh asks the user. Each loads only what
 * it needs.
 */
const part = ((): 'extension' | 'bundler' | 'runner' | 'askpass' => {
  if (!isMainThread && isRecord(workerData) && workerData['batchJobs'] === 'bundle') return 'bundler';
  if (process.argv[2] === '--batch-jobs-askpass') return 'askpass';
  return process.argv[2] === '--batch-jobs-runner' ? 'runner' : 'extension';
})();

if (part === 'bundler') {
  void import('./bundle/worker.js').then(({ runWorker }) => runWorker(() => import('./bundle/archive.js')));
}
if (part === 'runner') {
  void import('./backends/local/runner.js').then(({ runJob }) => runJob(process.argv[3] ?? ''));
}
if (part === 'askpass') {
  void import('./remote/askpassHelper.js').then(({ askWindow }) => {
    askWindow(process.argv[3] ?? '');
  });
}

/** Called by VS Code when a view or command of ours is used for the first time. */
export async function activate(context: ExtensionContext): Promise<void> {
  const { activate: begin } = await import('./extension.js');
  begin(context);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
