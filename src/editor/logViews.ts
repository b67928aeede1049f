import * as vscode from 'vscode';
import type { LogViews } from '../commands/commandDeps.js';
import { getRowId, type KnownJobs, type JobTarget } from '../commands/resolveTargets.js';
import { toJobId } from '../core/domain/job.js';
import type { StateStore } from '../core/domain/ports.js';
import { parseRowId } from '../core/presentation/rowIds.js';
import { Lifetime, type Disposable } from '../lib/lifetime.js';
import type { BackendRegistry } from './backendRegistry.js';
import type { FollowLogDeps } from './followLog.js';
import { LogChannels } from './logChannels.js';
import { restoreVisibleLog } from './visibleLog.js';
import { LogDocuments } from './logDocuments.js';
import { LogTerminals } from './logTerminals.js';

/** The output channel, the editor, and the terminal of logs. */
export function createLogViews(
  about: FollowLogDeps,
  { whenReady: settled, backends }: Pick<BackendRegistry, 'whenReady' | 'backends'>,
  jobs: KnownJobs,
  memory: StateStore,
): LogViews & Disposable {
  const life = new Lifetime();
  /** Finds a restored document's job, which may not be listed yet. */
  const locate = async (rowId: string): Promise<JobTarget | undefined> => {
    const known = jobs.find(rowId);
    if (known) return known;
    const { connection, job: id = '' } = parseRowId(rowId);
    await settled();
    const backend = backends().find((one) => one.connection.id === connection);
    const job = await backend?.jobs.get(toJobId(id), life.signal);
    return backend && job ? { backend, job } : undefined;
  };
  const channels = life.own(new LogChannels(about));
  life.own(restoreVisibleLog(channels, locate, memory));
  const documents = life.own(new LogDocuments(locate, about));
  const terminals = life.own(new LogTerminals(about));
  life.own(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration('batchJobs.log')) return;
      for (const views of [channels, documents, terminals]) views.reload();
    }),
  );
  return {
    show: (target) => {
      channels.show(target);
      return Promise.resolve();
    },
    openInEditor: (target) => documents.show(target),
    openInTerminal: (target) => {
      terminals.show(target);
      return Promise.resolve();
    },
    forget: (target) => {
      channels.forget(getRowId(target));
    },
    dispose: () => {
      life.dispose();
    },
  };
}
