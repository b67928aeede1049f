import type { Backend } from '../../core/domain/backend.js';
import type { Connection } from '../../core/domain/connection.js';
import type { UserPrompter, Clock, Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { BackendProvider, ProviderSetting } from '../../core/domain/provider.js';
import type { QuestionChoice, Question } from '../../core/domain/questions.js';
import type { RetentionPrompter } from '../../core/domain/retention.js';
import type { HelperProgram } from '../../remote/askpassServer.js';
import type { Host } from '../../remote/host.js';
import { listConfiguredHosts, isSshHost } from '../../remote/sshConfig.js';
import { describeHosts } from '../../remote/sshSettings.js';
import type { DialectFactory } from './dialect.js';

/** One scheduler as a kind of connection. Everything else is the same for all schedulers. */
export interface SchedulerKind extends Pick<BackendProvider, 'kind' | 'title' | 'detail' | 'keywords'> {
  /** Settings in addition to those of all schedulers. */
  readonly settings?: readonly ProviderSetting[];
  /** Questions about a new connection in addition to those of all schedulers. */
  readonly questions?: readonly Question[];
  /** Loads the dialect with the first connection. */
  readonly loadDialect: () => Promise<DialectFactory>;
}

/** Dependencies of the providers of schedulers. */
export interface SchedulerProviderDeps {
  /** Returns the absolute folder for a connection's own files. */
  readonly getFolder: (kind: string, connection: string) => string;
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder, absolute. */
  readonly home: string;
  /** The program that ssh starts to prompt the user. */
  readonly helper: HelperProgram;
  readonly ask: UserPrompter;
  readonly askRetention: RetentionPrompter;
  readonly clock: Clock;
  /** Reads a user setting; called at each use. */
  readonly setting: (name: string) => unknown;
  readonly log: Log;
}

/** The job folder of a new connection. */
const defaultRoot = '~/.batch-jobs';

const defaultKeepDays = 30;
const defaultHistoryDays = 7;

/** The provider of connections to one scheduler, on this machine or over ssh. */
export function createSchedulerProvider(
  scheduler: SchedulerKind,
  deps: SchedulerProviderDeps,
): BackendProvider {
  const { kind, title, detail, keywords } = scheduler;
  return {
    ...{ kind, title, detail, keywords },
    icon: 'server',
    settings: [...commonSettings(title), ...(scheduler.settings ?? [])],
    hasSignIn: false,
    questions: [hostQuestion(scheduler, deps), rootQuestion, ...(scheduler.questions ?? [])],
    getTitle: ({ host = '' }) => (host.trim() === '' ? title : `${title} · ${host.trim()}`),
    create: (connection) => createBackend(connection, scheduler, deps),
  };
}

const commonSettings = (title: string): readonly ProviderSetting[] => [
  {
    name: 'keepDays',
    description: `How many days to keep the folders of finished ${title} jobs, counted from the last write to the folder. Cleanup runs after each submission and deletes folders only after you agree. Folders with result files that you never opened or downloaded require a separate confirmation. \`0\`: keep forever.`,
    schema: { type: 'integer', default: defaultKeepDays, minimum: 0 },
  },
  {
    name: 'historyDays',
    description: `How many days back finished ${title} jobs are listed, if accounting is enabled.`,
    schema: { type: 'integer', default: defaultHistoryDays, minimum: 0, maximum: 365 },
  },
  {
    name: 'sshProgram',
    description: `The \`ssh\` program used to connect to ${title} hosts: a name on the PATH or an absolute path. Reload the window to apply changes.`,
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
async function createBackend(
  connection: Connection,
  { kind, loadDialect }: SchedulerKind,
  deps: SchedulerProviderDeps,
): Promise<Backend> {
  const { host, root, bin } = readSettings(connection);
  const { setting, getFolder, askRetention, clock, log } = deps;
  const [{ createSchedulerBackend }, dialect, { host: connected, ...sshMembers }] = await Promise.all([
    import('./backend.js'),
    loadDialect(),
    host === '' ? thisMachine(deps) : overSsh(host, connection.title, kind, deps),
  ]);
  const days = (name: string, fallback: number) => (): number => {
    const value = setting(`${kind}.${name}`);
    return typeof value === 'number' && value >= 0 ? value : fallback;
  };
  return createSchedulerBackend(
    {
      ...{ connection, host: connected, bin, root, askRetention, clock, log },
      ...sshMembers,
      folder: getFolder(kind, connection.id),
      keepDays: days('keepDays', defaultKeepDays),
      historyDays: days('historyDays', defaultHistoryDays),
    },
    dialect,
  );
}

/** @throws {@link JobError} of kind `badSetting`. */
function readSettings({ settings, title }: Connection): Readonly<Record<'host' | 'root' | 'bin', string>> {
  const host = text(settings['host']);
  const root = text(settings['root']) || defaultRoot;
  const bin = text(settings['bin']);
  const bad = (why: string): JobError =>
    new JobError({ kind: 'badSetting', setting: 'batchJobs.connections', why });
  if (host !== '' && !isSshHost(host)) throw bad(`${title} has no valid SSH host`);
  if (!isRoot(root)) throw bad(`the job folder of ${title} must start with / or ~/`);
  if (bin !== '' && !bin.startsWith('/')) throw bad(`"bin" of ${title} must be an absolute path`);
  return { host, root, bin };
}

/** The host of a connection, and the members of its backend that only ssh needs. */
interface ConnectedHost {
  readonly host: Host;
  readonly resetPrompts?: () => void;
  readonly dispose?: () => void;
}

async function thisMachine({ env }: SchedulerProviderDeps): Promise<ConnectedHost> {
  const { createLocalHost } = await import('../../remote/localHost.js');
  return { host: createLocalHost('this machine', env) };
}

async function overSsh(
  host: string,
  place: string,
  kind: string,
  { env, helper, ask, clock, log, setting }: SchedulerProviderDeps,
): Promise<ConnectedHost> {
  const { createSshHost } = await import('../../remote/sshHost.js');
  const ssh = createSshHost({ ...sshSettings(kind, setting), host, place, env, helper, ask, clock, log });
  return { host: ssh, resetPrompts: ssh.resetPrompts, dispose: ssh.close };
}

const sshSettings = (kind: string, setting: SchedulerProviderDeps['setting']) => ({
  program: text(setting(`${kind}.sshProgram`)) || 'ssh',
  configFile: text(setting(`${kind}.sshConfigFile`)),
});

const hostQuestion = ({ kind, title }: SchedulerKind, deps: SchedulerProviderDeps): Question => ({
  id: 'host',
  title: 'Host',
  prompt: 'SSH host from your configuration, or user@address, of the login node',
  initial: '',
  allowCustom: true,
  choices: async (): Promise<readonly QuestionChoice[]> => [
    { value: '', label: 'This Machine', detail: `Use ${title} on this machine` },
    ...(await listHostChoices(kind, deps)),
  ],
  validate: (value) =>
    value.trim() === '' || isSshHost(value.trim())
      ? undefined
      : 'Enter an SSH host such as login.cluster.example or ada@login.cluster.example.',
});

const rootQuestion: Question = {
  id: 'root',
  title: 'Job Folder',
  prompt: 'On a file system shared with the compute nodes; each job gets its own subfolder',
  initial: defaultRoot,
  validate: (value) => (isRoot(value.trim()) ? undefined : 'Enter a path that starts with / or ~/.'),
};

/** The hosts of the user's ssh configuration, each with its resolved address. */
async function listHostChoices(
  kind: string,
  { home, env, clock, setting }: SchedulerProviderDeps,
): Promise<readonly QuestionChoice[]> {
  const ssh = sshSettings(kind, setting);
  const { names, hasSideEffects } = await listConfiguredHosts({ home, file: ssh.configFile, env });
  // Resolving a host can run commands or look up names, as its configuration says; that must not happen for all hosts.
  const details = hasSideEffects
    ? undefined
    : await describeHosts({ ...ssh, env, clock }, names, env['USER'] ?? env['USERNAME'] ?? '');
  return names.map((name) => ({ value: name, label: name, detail: details?.get(name) ?? '' }));
}

const isRoot = (path: string): boolean => /^(\/|~\/|~$)/.test(path) && !/[\r\n\0]/.test(path);

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
