import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cluster, sshServer, type Cluster, type SshServer } from '../../engines/cluster.js';
import type { Workbench } from './workbench.js';

/** A cluster behind ssh for the tests of a `describe`; it is there once they run. */
export interface Slurm {
  readonly cluster: Cluster;
  readonly ssh: SshServer;
  /** What VS Code has to be set up with to reach it. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Starts a cluster before the tests of the enclosing `describe`, unless it runs already. */
export function slurmBehindSsh(): Slurm {
  // The settings are told before the server is there, so they name a file that will lead to its own.
  const folder = mkdtempSync(join(tmpdir(), 'bj-ssh-config-'));
  const config = join(folder, 'config');
  let running: { readonly cluster: Cluster; readonly ssh: SshServer } | undefined;
  before(async function () {
    this.timeout(180_000);
    const started = await cluster('accounting');
    const ssh = await sshServer(started);
    writeFileSync(config, `Include ${ssh.config}\n`);
    running = { cluster: started, ssh };
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const there = (): NonNullable<typeof running> => {
    if (!running) throw new Error('there is no cluster before the tests have started');
    return running;
  };
  return {
    get cluster() {
      return there().cluster;
    },
    get ssh() {
      return there().ssh;
    },
    settings: { 'batchJobs.slurm.sshConfigFile': config },
  };
}

/** Adds a connection to a host of the ssh configuration; where its key is locked, the passphrase is asked for. */
export async function addCluster(
  window: Workbench,
  host: string,
  title: string,
  passphrase?: string,
): Promise<void> {
  const { quick } = window;
  await window.command('Batch Jobs: Add Connection…');
  await quick.titled('Add Connection');
  await quick.pick('Slurm');
  await quick.titled('Add Slurm Connection: Host (1/3)');
  await quick.pick(host);
  await quick.titled('Add Slurm Connection: Job Folder (2/3)');
  await quick.accept();
  await quick.titled('Add Slurm Connection: Title (3/3)');
  await quick.input(title);
  if (passphrase === undefined) return;
  await window.views.open('Batch Jobs');
  await quick.titled(title);
  await quick.message.getByText(/Enter passphrase for key/).waitFor();
  await quick.input(passphrase);
}
