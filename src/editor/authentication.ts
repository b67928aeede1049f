import * as vscode from 'vscode';
import type { Ports } from '../commands/ports.js';
import { signIn } from '../commands/signIn.js';
import type { Backend } from '../core/backend.js';
import { Lifetime, type Disposable } from '../core/lifetime.js';
import { noticeOfError } from '../core/notice.js';
import { isAbort } from '../core/problem.js';

/** As it stands in package.json. */
const providerId = 'batchJobs.juliahub';

/** The signed-in users of all connections of a kind, as accounts of the editor. A session's id is its connection's. */
export function accounts(ports: Ports, kind: string, label: string): Disposable {
  const life = new Lifetime();
  const changed = life.own(
    new vscode.EventEmitter<vscode.AuthenticationProviderAuthenticationSessionsChangeEvent>(),
  );
  const places = (): readonly Backend[] =>
    ports.backends().filter(({ connection, account }) => connection.kind === kind && account);
  const shown = new Map<string, vscode.AuthenticationSession>();

  const sessions = async (): Promise<vscode.AuthenticationSession[]> => {
    const all = await Promise.all(places().map((backend) => sessionOf(backend, life.signal, ports)));
    const found = all.filter((session) => session !== undefined);
    shown.clear();
    for (const session of found) shown.set(session.id, session);
    return found;
  };
  const tell = async (): Promise<void> => {
    const before = [...shown.values()];
    const now = await sessions();
    const same = (a: vscode.AuthenticationSession, b: vscode.AuthenticationSession): boolean =>
      a.id === b.id && a.account.label === b.account.label;
    changed.fire({
      added: now.filter((one) => !before.some((other) => same(one, other))),
      removed: before.filter((one) => !now.some((other) => same(one, other))),
      changed: [],
    });
  };

  const provider: vscode.AuthenticationProvider = {
    onDidChangeSessions: changed.event,
    getSessions: async (scopes) => {
      const all = await sessions();
      return scopes && scopes.length > 0 ? all.filter(({ id }) => scopes.includes(id)) : all;
    },
    createSession: async (scopes) => {
      await signIn(scopes.slice(0, 1), ports);
      const all = await sessions();
      const session = all.find(({ id }) => scopes.length === 0 || scopes.includes(id));
      if (!session) throw new Error(vscode.l10n.t('Nobody is signed in.'));
      await tell();
      return session;
    },
    removeSession: async (id) => {
      const backend = places().find(({ connection }) => connection.id === id);
      await backend?.account?.signOut(life.signal);
      await tell();
      await ports.jobs.refresh(id);
    },
  };
  life.own(
    vscode.authentication.registerAuthenticationProvider(providerId, label, provider, {
      supportsMultipleAccounts: true,
    }),
  );
  return {
    dispose: () => {
      life.dispose();
    },
  };
}

/** Undefined: nobody is signed in there, or nothing is known of it now. */
async function sessionOf(
  { connection, account }: Backend,
  signal: AbortSignal,
  { log, ui }: Ports,
): Promise<vscode.AuthenticationSession | undefined> {
  try {
    const identity = await account?.who(signal);
    if (!account || !identity) return undefined;
    return {
      id: connection.id,
      accessToken: await account.token(signal),
      account: { id: connection.id, label: `${identity.name} (${connection.title})` },
      scopes: [connection.id],
    };
  } catch (error) {
    if (!isAbort(error))
      log.warn(`the sign-in of ${connection.id} is not known: ${noticeOfError(error, ui.say).text}`);
    return undefined;
  }
}
