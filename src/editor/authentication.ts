import * as vscode from 'vscode';
import type { CommandDeps } from '../commands/commandDeps.js';
import { signIn } from '../commands/signIn.js';
import type { Backend } from '../core/domain/backend.js';
import type { JobList } from '../core/jobs/jobList.js';
import { Lifetime, type Disposable } from '../lib/lifetime.js';
import { createErrorNotice } from '../core/presentation/notice.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import { toAccountLabel } from './window.js';

/** An authentication provider of the manifest; one per backend kind with sign-in. */
export interface AuthenticationEntry {
  /** `batchJobs.<kind>`. */
  readonly id: string;
  readonly label: string;
}

/** The authentication providers in the extension's manifest. */
export function readAuthenticationEntries({
  extension,
}: vscode.ExtensionContext): readonly AuthenticationEntry[] {
  // SAFETY: the manifest is our own.
  const { contributes } = extension.packageJSON as {
    readonly contributes: { readonly authentication: readonly AuthenticationEntry[] };
  };
  return contributes.authentication;
}

/** Dependencies of {@link registerAccounts}. */
export interface AccountDeps {
  readonly list: JobList;
  readonly ports: CommandDeps;
  /** Resolves when the backends match the settings. */
  readonly whenReady: () => Promise<void>;
}

/** Shows the signed-in users of all connections as accounts of the editor. */
export function registerAccounts(parts: AccountDeps, entries: readonly AuthenticationEntry[]): Disposable {
  const life = new Lifetime();
  for (const entry of entries) life.own(registerAccountProvider(entry, parts));
  return life;
}

/**
 * The signed-in users of all connections of a kind, as accounts of the editor. Reports each sign-in and
 * sign-out, including those elsewhere. A session's id is its connection's id.
 */
function registerAccountProvider(
  entry: AuthenticationEntry,
  { list, ports, whenReady: settled }: AccountDeps,
): Disposable {
  const life = new Lifetime();
  const changed = life.own(
    new vscode.EventEmitter<vscode.AuthenticationProviderAuthenticationSessionsChangeEvent>(),
  );
  const places = (): readonly Backend[] =>
    ports.backends().filter(({ connection, account }) => account && entry.id === toEntryId(connection.kind));
  /** The sessions last reported to the editor. */
  let told: readonly vscode.AuthenticationSession[] = [];

  const sessions = async (): Promise<vscode.AuthenticationSession[]> => {
    const known = (backend: Backend): vscode.AuthenticationSession | undefined =>
      told.find(({ id }) => id === backend.connection.id);
    await settled();
    const all = await Promise.all(
      places().map((backend) => getSession(backend, known(backend), life.signal, ports)),
    );
    return all.filter((session) => session !== undefined);
  };
  const tell = runSerially(async () => {
    const before = told;
    told = await sessions();
    const added = told.filter((one) => !hasSession(before, one));
    const removed = before.filter((one) => !hasSession(told, one));
    if (added.length + removed.length > 0) changed.fire({ added, removed, changed: [] });
  });
  const tellAside = (): void => {
    void tell().catch((error: unknown) => {
      ports.log.error('could not read the accounts', error);
    });
  };
  life.own(watchAccounts(list, places, tellAside));

  const provider: vscode.AuthenticationProvider = {
    onDidChangeSessions: changed.event,
    getSessions: async (scopes) => {
      const all = await sessions();
      return scopes && scopes.length > 0 ? all.filter(({ id }) => scopes.includes(id)) : all;
    },
    createSession: async (scopes) => {
      await settled();
      await signIn(scopes.slice(0, 1), ports);
      const all = await sessions();
      const session = scopes.length === 0 ? all[0] : all.find(({ id }) => scopes.includes(id));
      if (!session) throw new Error('Not signed in.');
      await tell();
      return session;
    },
    removeSession: async (id) => {
      await settled();
      const backend = places().find(({ connection }) => connection.id === id);
      await backend?.account?.signOut(life.signal);
      await tell();
      await ports.jobs.refresh(id);
    },
  };
  const several = { supportsMultipleAccounts: true };
  life.own(vscode.authentication.registerAuthenticationProvider(entry.id, entry.label, provider, several));
  return life;
}

/** The authentication provider's id for a kind of connections. */
const toEntryId = (kind: string): string => `batchJobs.${kind}`;

/** Runs calls one after the other, so that an older result never replaces a newer one. */
function runSerially(act: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.catch(() => undefined).then(act));
}

const hasSession = (
  all: readonly vscode.AuthenticationSession[],
  one: vscode.AuthenticationSession,
): boolean => all.some(({ id, account }) => id === one.id && account.label === one.account.label);

/**
 * Calls `changed` when a connection is added or removed, on sign-in and sign-out, and when a connection
 * starts or stops accepting the credentials.
 */
function watchAccounts(list: JobList, places: () => readonly Backend[], changed: () => void): Disposable {
  const life = new Lifetime();
  const heard = new Map<Backend, Disposable>();
  const accepts = new Map<Backend, boolean>();
  const follow = (): boolean => {
    const now = places();
    const gone = [...heard].filter(([backend]) => !now.includes(backend));
    for (const [backend, listener] of gone) {
      listener.dispose();
      heard.delete(backend);
      accepts.delete(backend);
    }
    const come = now.filter((backend) => !heard.has(backend));
    for (const backend of come) if (backend.account) heard.set(backend, backend.account.onDidChange(changed));
    return gone.length + come.length > 0;
  };
  follow();
  life.own(
    list.onDidChange(({ connection }) => {
      const isOther = follow();
      const jobs = list.connections().find(({ backend }) => backend.connection.id === connection);
      const isKnown = jobs?.problem ? jobs.problem.kind === 'signedOut' : jobs?.refreshedAt !== undefined;
      const isNews =
        jobs && isKnown && heard.has(jobs.backend) && accepts.get(jobs.backend) !== !jobs.problem;
      if (isNews) accepts.set(jobs.backend, !jobs.problem);
      if (isOther || isNews) changed();
    }),
  );
  life.own({
    dispose: () => {
      for (const listener of heard.values()) listener.dispose();
    },
  });
  return life;
}

/**
 * The session of a connection; undefined: not signed in. If that cannot be determined now, `known` applies.
 */
async function getSession(
  { connection, account }: Backend,
  known: vscode.AuthenticationSession | undefined,
  signal: AbortSignal,
  { log }: CommandDeps,
): Promise<vscode.AuthenticationSession | undefined> {
  try {
    const identity = await account?.getIdentity(signal);
    if (!account || !identity) return undefined;
    return {
      id: connection.id,
      accessToken: await account.getToken(signal),
      account: { id: connection.id, label: toAccountLabel(`${identity.name} (${connection.title})`) },
      scopes: [connection.id],
    };
  } catch (error) {
    if (!isAbort(error))
      log.warn(`could not read the sign-in of ${connection.id}: ${createErrorNotice(error).text}`);
    return error instanceof JobError && error.problem.kind === 'offline' ? known : undefined;
  }
}
