import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { createLocalHost } from '../../src/remote/localHost.js';
import type { Host } from '../../src/remote/host.js';
import { createSshHost, type SshHost } from '../../src/remote/sshHost.js';
import { slurmBackend } from '../fakes/slurmBackend.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { UserPrompter } from '../../src/core/domain/ports.js';
import { systemClock as clock } from '../../src/lib/node/systemClock.js';
import type { Cluster, SshServer } from '../engines/cluster.js';
import { quietLog, tarOf } from './local.js';
import type { Subject } from './subject.js';

let built: string | undefined;

/** The program that ssh runs for its prompts, built once for all tests of a run. */
function helperProgram(): string {
  if (built !== undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), 'bj-askpass-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  built = join(folder, 'askpass.cjs');
  buildSync({
    stdin: {
      contents:
        "import { promptInEditor } from './src/remote/askpassHelper.ts'; promptInEditor(process.argv[2] ?? '');",
      resolveDir: join(import.meta.dirname, '..', '..'),
    },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outfile: built,
    logLevel: 'error',
  });
  return built;
}

/** The machine of a cluster, without SSH. */
export const hostOf = ({ env }: Cluster): Host => createLocalHost('this machine', env);

/** The cluster's host behind SSH. `ask`: answers ssh's prompts; by default they are declined. */
export const behindSsh = (
  ssh: SshServer,
  host = 'ci-user',
  ask: UserPrompter = () => Promise.resolve(undefined),
): SshHost =>
  createSshHost({
    program: 'ssh',
    configFile: ssh.config,
    host,
    place: 'Slurm',
    env: process.env,
    helper: { program: process.execPath, args: [helperProgram()], env: {} },
    ask,
    clock,
    log: quietLog,
  });

/** A connection to a cluster with separate folders. */
export interface Place {
  readonly backend: Backend;
  readonly root: string;
  readonly end: () => Promise<void>;
}

/** Creates a connection. `root`: the folder of job folders, instead of a temporary folder on this machine. */
export async function placeOn(host: Host | SshHost, root?: string): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'bj-slurm-test-'));
  const ownRoot = root ?? join(folder, 'jobs');
  const backend = slurmBackend({
    connection: { id: 'slurm', kind: 'slurm', title: 'Slurm', settings: {} },
    host,
    ...('close' in host ? { dispose: host.close } : {}),
    bin: '',
    root: ownRoot,
    folder: join(folder, 'notes'),
    keepDays: () => 30,
    historyDays: () => 7,
    clock,
    log: quietLog,
  });
  return {
    backend,
    root: ownRoot,
    end: async () => {
      backend.dispose?.();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

const sh = (text: string) => ({ name: 'job.sh', text: `#!/bin/bash\n${text}` });

/** The operations on a cluster that the backend contract needs. */
export function slurmSubject({ backend, end }: Place): Subject {
  const sources = mkdtempSync(join(tmpdir(), 'bj-sources-'));
  return {
    backend,
    scripts: {
      prints: (lines) => sh(`for ((i = 1; i <= ${String(lines)}; i++)); do echo "line $i"; done\n`),
      fails: (code) => sh(`echo about to fail\nexit ${String(code)}\n`),
      lasts: () => sh('echo begun\nexec sleep 60\n'),
    },
    bundle: async () => ({
      bundle: await tarOf(sources, 'project', {
        'main.sh': '#!/bin/bash\necho from the bundle\ncat data/note.txt\n',
        'data/note.txt': 'a note\n',
      }),
      entry: 'main.sh',
    }),
    patienceMs: 30_000,
    end: async () => {
      rmSync(sources, { recursive: true, force: true });
      await end();
    },
  };
}
