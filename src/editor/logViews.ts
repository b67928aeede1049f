import * as vscode from 'vscode';
import type { LogViews } from '../commands/commandDeps.js';
import { getRowId, type KnownJobs, type JobTarget } from '../commands/resolveTargets.js';
import { toJobId } from '../core/domain/job.js';
import type { StateStore } from '../core/domain/ports.js';
import { parseRowId } from '../core/presentation/rowIds.js';
import { Lifetime, type Disposable } from '../lib/lifetime.js';
import type { ProgressTracker } from '../core/jobs/progressTracker.js';
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
  progress: Pick<ProgressTracker, 'add' | 'follow'>,
  memory: StateStore,
): LogViews & Disposable {
  const life = new Lifetime();
  const following: FollowLogDeps = {
    ...about,
    progress: {
      add: (target, percent) => {
        const rowId = getRowId(target);
        // A log can be followed from before its job starts.
        progress.add(rowId, jobs.find(rowId)?.job ?? target.job, percent);
      },
      follow: (target) => progress.follow(getRowId(target)),
    },
  };
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
  const channels = life.own(new LogChannels(following));
  life.own(restoreVisibleLog(channels, locate, memory));
  const documents = life.own(new LogDocuments(locate, following));
  const terminals = life.own(new LogTerminals(following));
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
    isVisible: (target) => {
      const rowId = getRowId(target);
      return channels.isVisible(rowId) || documents.isVisible(rowId);
    },
    forget: (target) => {
      channels.forget(getRowId(target));
    },
    dispose: () => {
      life.dispose();
    },
  };
}
