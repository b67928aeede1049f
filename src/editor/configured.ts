import * as vscode from 'vscode';
import type { Connections } from '../commands/connections.js';
import type { Backend } from '../core/backend.js';
import { alwaysThere, type Connection } from '../core/connection.js';
import type { JobList } from '../core/jobList.js';
import type { BackendKind } from '../core/kind.js';
import { Lifetime, type Disposable } from '../core/lifetime.js';
import { noticeOfError } from '../core/notice.js';
import type { Log } from '../core/ports.js';
import { readConnections, writeConnections } from './settings.js';
import { say } from './ui.js';

/** The connection that is always there. */
const local = (): Connection => ({ id: alwaysThere, kind: 'local', title: say('Local'), settings: {} });

/** The backends of all configured connections, kept in step with the settings. */
export interface Configured extends Disposable {
  readonly backends: () => readonly Backend[];
  readonly connections: Connections;
}

/** Makes a backend for each connection and gives them to the list, again whenever the setting changes. */
export function configuredBackends(kinds: readonly BackendKind[], list: JobList, log: Log): Configured {
  const life = new Lifetime();
  let backends: readonly Backend[] = [];
  const update = (): void => {
    const before = backends;
    const wanted = [local(), ...readConnections().filter(({ id }) => id !== alwaysThere)];
    backends = wanted
      .map((connection) => same(backends, connection) ?? made(kinds, connection, log))
      .filter((backend) => backend !== undefined);
    list.setBackends(backends);
    for (const old of before) if (!backends.includes(old)) old.end?.();
  };
  update();
  life.own(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('batchJobs.connections')) update();
    }),
  );
  return {
    backends: () => backends,
    connections: { kinds, read: readConnections, write: writeConnections },
    dispose: () => {
      life.dispose();
      for (const backend of backends) backend.end?.();
    },
  };
}

const same = (backends: readonly Backend[], connection: Connection): Backend | undefined =>
  backends.find((backend) => JSON.stringify(backend.connection) === JSON.stringify(connection));

/** Undefined: it cannot be made as it is configured; said once, in the log. */
function made(kinds: readonly BackendKind[], connection: Connection, log: Log): Backend | undefined {
  const kind = kinds.find((one) => one.kind === connection.kind);
  if (!kind) {
    log.warn(
      `the connection ${connection.id} is of the kind "${connection.kind}", which this version does not know`,
    );
    return undefined;
  }
  try {
    return kind.create(connection);
  } catch (error) {
    log.error(`the connection ${connection.id} cannot be used`, error);
    void vscode.window.showErrorMessage(noticeOfError(error, say).text);
    return undefined;
  }
}
