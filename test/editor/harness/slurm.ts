import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cluster, sshServer, type Cluster, type SshServer } from '../../engines/cluster.js';
import type { Workbench } from './workbench.js';

/** A cluster behind SSH for the tests of a `describe`; available once they run. */
export interface Slurm {
  readonly cluster: Cluster;
  readonly ssh: SshServer;
  /** VS Code options needed to reach it. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Starts a cluster before the tests of the enclosing `describe`, unless it is already running. */
export function slurmBehindSsh(): Slurm {
  // The settings are written before the server exists, so they name a file that will link to the server's
  // own.
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
    if (!running) throw new Error('the cluster is not available before the tests have started');
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

/** Adds a connection to a host of the SSH configuration; if its key is locked, enters the passphrase. */
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
