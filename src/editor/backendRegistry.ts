import * as vscode from 'vscode';
import type { ConnectionStore } from '../commands/connections.js';
import type { Backend } from '../core/domain/backend.js';
import { localConnectionId, type Connection } from '../core/domain/connection.js';
import type { JobList } from '../core/jobs/jobList.js';
import { Lifetime, type Disposable } from '../lib/lifetime.js';
import { createErrorNotice } from '../core/presentation/notice.js';
import type { Log } from '../core/domain/ports.js';
import type { BackendProvider } from '../core/domain/provider.js';
import { readConnections, writeConnections } from './settings.js';
import { showMessage } from './window.js';

/** The built-in connection. */
const createLocalConnection = (): Connection => ({
  id: localConnectionId,
  kind: 'local',
  title: 'Local',
  settings: {},
});

/** The backends of all configured connections, updated when the settings change. */
export interface BackendRegistry extends Disposable {
  /** Resolves when the backends match the current settings. */
  readonly whenReady: () => Promise<void>;
  readonly backends: () => readonly Backend[];
  readonly connections: ConnectionStore;
}

/**
 * Creates a backend for each connection and passes them to the list, again whenever the setting changes.
 * `load` loads all providers, which are available after {@link BackendRegistry.whenReady}.
 */
export function createBackendRegistry(
  load: () => Promise<readonly BackendProvider[]>,
  list: JobList,
  log: Log,
): BackendRegistry {
  const life = new Lifetime();
  let kinds: readonly BackendProvider[] = [];
  let backends: readonly Backend[] = [];
  const update = async (): Promise<void> => {
    const before = backends;
    kinds = await load();
    const wanted = [
      createLocalConnection(),
      ...readConnections().filter(({ id }) => id !== localConnectionId),
    ];
    const all = await Promise.all(
      wanted.map(
        async (connection) =>
          findUnchangedBackend(backends, connection) ?? createConfiguredBackend(kinds, connection, log),
      ),
    );
    const next = all.filter((backend) => backend !== undefined);
    if (life.signal.aborted) {
      for (const late of next) if (!before.includes(late)) late.dispose?.();
      return;
    }
    backends = next;
    list.setBackends(backends);
    for (const old of before) if (!backends.includes(old)) old.dispose?.();
  };
  // Deferred: compiling the providers would block the activation and other extensions for too long.
  let settled = new Promise<void>((next) => setImmediate(next)).then(update);
  life.own(
    vscode.workspace.onDidChangeConfiguration((change) => {
      // One after the other, so that no backend is created twice.
      if (change.affectsConfiguration('batchJobs.connections')) settled = settled.then(update);
    }),
  );
  return {
    whenReady: () => settled,
    backends: () => backends,
    connections: {
      get providers() {
        return kinds;
      },
      read: readConnections,
      write: async (connections) => {
        await writeConnections(connections);
        await settled;
      },
    },
    dispose: () => {
      life.dispose();
      for (const backend of backends) backend.dispose?.();
    },
  };
}

const findUnchangedBackend = (backends: readonly Backend[], connection: Connection): Backend | undefined =>
  backends.find((backend) => JSON.stringify(backend.connection) === JSON.stringify(connection));

/** Creates a backend; undefined: its configuration is invalid, which is logged once. */
async function createConfiguredBackend(
  kinds: readonly BackendProvider[],
  connection: Connection,
  log: Log,
): Promise<Backend | undefined> {
  const kind = kinds.find((one) => one.kind === connection.kind);
  if (!kind) {
    log.warn(`the connection ${connection.id} has an unknown kind: "${connection.kind}"`);
    return undefined;
  }
  try {
    return await kind.create(connection);
  } catch (error) {
    log.error(`could not create the connection ${connection.id}`, error);
    void showMessage('error', createErrorNotice(error).text);
    return undefined;
  }
}
