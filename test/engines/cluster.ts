import { startSlurm } from './slurm.mjs';
import { remoteUser, ensureUser, startSshd } from './sshd.mjs';

/** A running cluster; see slurm.mjs. */
export type Cluster = Awaited<ReturnType<typeof startSlurm>>;
/** A running SSH server; see sshd.mjs. */
export type SshServer = Awaited<ReturnType<typeof startSshd>>;

/** Engines started for the tests of this process, and stopped with it. */
const started = new Map<string, Promise<{ readonly down: () => Promise<void> }>>();

/** The version of Slurm the tests run against, if not the system's own: `24.11`. */
const version = process.env['BATCH_JOBS_SLURM_VERSION'];

/** A cluster with or without accounting, started on first use and shared by all tests of this process. */
export const cluster = (kind: 'accounting' | 'plain'): Promise<Cluster> =>
  once(kind, async () => {
    await ensureUser();
    return startSlurm({
      accounting: kind === 'accounting',
      users: ['root', remoteUser.name],
      ...(version === undefined ? {} : { version }),
    });
  });

/** An SSH server whose sessions use this cluster, started on first use and shared in the same way. */
export const sshServer = (of: Cluster): Promise<SshServer> =>
  once(`sshd ${of.dir}`, () => {
    const { SLURM_CONF = '', PATH = '' } = of.env;
    return startSshd(version === undefined ? { SLURM_CONF } : { SLURM_CONF, PATH });
  });

function once<T extends { readonly down: () => Promise<void> }>(
  name: string,
  start: () => Promise<T>,
): Promise<T> {
  // SAFETY: the same function stored the value under this name.
  const running = (started.get(name) as Promise<T> | undefined) ?? start();
  started.set(name, running);
  return running;
}

/** Stops all engines, the last started first. */
export async function endAll(): Promise<void> {
  for (const running of [...started.values()].reverse()) await (await running.catch(() => undefined))?.down();
  started.clear();
}

// Imported by test files, this is a hook of the whole run.
after(async function () {
  this.timeout(60_000);
  await endAll();
});
