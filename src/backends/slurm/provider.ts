import type { BackendProvider } from '../../core/domain/provider.js';
import { createSchedulerProvider, type SchedulerProviderDeps } from '../scheduler/provider.js';

/** What connections to Slurm need of the outside. */
export interface SlurmProviderDeps {
  /** An absolute folder of ours for a connection's own files. */
  readonly folderOf: (kind: string, connection: string) => string;
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder, absolute. */
  readonly home: string;
  /** How the program is started by which ssh asks the user. */
  readonly helper: HelperProgram;
  readonly ask: AskUser;
  readonly askRetention: AskRetention;
  readonly clock: Clock;
  /** The user's settings, read at each use. */
  readonly setting: (name: string) => unknown;
  readonly log: Log;
}

const kind = 'slurm';

const defaultRoot = '~/.batch-jobs';

/** Connections to Slurm clusters, on this machine or over ssh. */
export function createSlurmProvider(deps: SlurmProviderDeps): BackendProvider {
  return {
    kind,
    title: 'Slurm',
    detail: 'A Slurm cluster on this machine or on a host reachable over SSH',
    icon: 'server',
    keywords: ['slurm', 'sbatch'],
    settings,
    hasSignIn: false,
    questions: questionsOf(deps),
    titleOf: ({ host = '' }) => (host.trim() === '' ? 'Slurm' : `Slurm · ${host.trim()}`),
    create: (connection) => created(connection, deps),
  };
}

const settings: readonly ProviderSetting[] = [
  {
    name: 'keepDays',
    description:
      'How many days to keep the folders of finished jobs on a Slurm cluster, counted from the last write to the folder. Cleanup runs after each submission and deletes folders only after you agree. Folders with result files that you never opened or downloaded require a separate confirmation. `0`: keep forever.',
    schema: { type: 'integer', default: 30, minimum: 0 },
  },
  {
    name: 'historyDays',
    description: 'How many days back finished jobs of a Slurm cluster are listed, if accounting is enabled.',
    schema: { type: 'integer', default: 7, minimum: 0, maximum: 365 },
  },
  {
    name: 'sshProgram',
    description:
      'The `ssh` program used to connect to Slurm clusters: a name on the PATH or an absolute path. Reload the window to apply changes.',
    schema: { type: 'string', default: 'ssh' },
  },
  {
    name: 'sshConfigFile',
    description:
      'The `ssh` configuration file to use instead of `~/.ssh/config`. Reload the window to apply changes.',
    schema: { type: 'string', default: '' },
  },
];

/** @throws {@link JobError} of kind `badSetting`. */
async function created(connection: Connection, deps: SlurmProviderDeps): Promise<Backend> {
  const { setting } = deps;
  const { settings, title } = connection;
  const host = text(settings['host']);
  const root = text(settings['root']) || defaultRoot;
  const bin = text(settings['bin']);
  const bad = (why: string): JobError =>
    new JobError({ kind: 'badSetting', setting: 'batchJobs.connections', why });
  if (host !== '' && !isSshHost(host)) throw bad(`${title} has no valid SSH host`);
  if (!isRoot(root)) throw bad(`the job folder of ${title} must start with / or ~/`);
  if (bin !== '' && !bin.startsWith('/')) throw bad(`"bin" of ${title} must be an absolute path`);
  const [{ localHost }, { sshHost }, { slurmBackend }] = await Promise.all([
    import('../../remote/localHost.js'),
    import('../../remote/sshHost.js'),
    import('./backend.js'),
  ]);
  const { env, clock, log, helper, ask } = deps;
  const days = (read: () => unknown, usual: number) => (): number => {
    const value = read();
    return typeof value === 'number' && value >= 0 ? value : usual;
  };
  const remote =
    host === ''
      ? undefined
      : sshHost({
          program: text(setting('slurm.sshProgram')) || 'ssh',
          configFile: text(setting('slurm.sshConfigFile')),
          host,
          place: title,
          env,
          helper,
          ask,
          clock,
          log,
        });
  return slurmBackend({
    connection,
    host: remote ?? localHost('this machine', env),
    ...(remote ? { anew: remote.anew, end: remote.close } : {}),
    bin,
    root,
    folder: deps.folderOf(kind, connection.id),
    askRetention: deps.askRetention,
    keepDays: days(() => setting('slurm.keepDays'), 30),
    historyDays: days(() => setting('slurm.historyDays'), 7),
    clock,
    log,
  });
}

/** What a connection is asked for. */
function questionsOf(deps: SlurmProviderDeps): readonly Question[] {
  return [
    {
      kind: 'slurm',
      title: 'Slurm',
      detail: 'A Slurm cluster on this machine or on a host reachable over SSH',
      keywords: ['slurm', 'sbatch'],
      loadDialect: async () => (await import('./dialect.js')).slurmDialect,
    },
    deps,
  );
