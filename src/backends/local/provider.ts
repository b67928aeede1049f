import type { Backend } from '../../core/domain/backend.js';
import type { Connection } from '../../core/domain/connection.js';
import type { Log } from '../../core/domain/ports.js';
import type { BackendProvider, ProviderSetting } from '../../core/domain/provider.js';
import type { RetentionPrompter } from '../../core/domain/retention.js';
import type { LocalBackendDeps } from './backend.js';

/** Dependencies of the provider of Local connections. */
export interface LocalProviderDeps {
  /** Returns the absolute folder for a connection's own files. */
  readonly getFolder: (kind: string, connection: string) => string;
  readonly runner: LocalBackendDeps['runner'];
  readonly unpack: LocalBackendDeps['unpack'];
  readonly env: NodeJS.ProcessEnv;
  readonly askRetention: RetentionPrompter;
  /** Reads a user setting; called at each use. */
  readonly setting: (name: string) => unknown;
  readonly log: Log;
}

const localKind = 'local';

/** The provider of queues on this machine. */
export function createLocalProvider(deps: LocalProviderDeps): BackendProvider {
  return {
    kind: localKind,
    title: 'Local',
    detail: 'A separate queue on this machine with its own limit on concurrent jobs',
    icon: 'server',
    keywords: [],
    settings: localSettings,
    hasSignIn: false,
    questions: [
      {
        id: 'maxRunning',
        title: 'Max Concurrent Jobs',
        prompt: 'Maximum number of jobs that run at the same time; other jobs wait in the queue',
        initial: '1',
        validate: (value) =>
          /^[1-9]\d{0,2}$/.test(value.trim()) ? undefined : 'Enter a number from 1 to 999.',
      },
    ],
    create: (connection) => createLocalBackendFor(connection, deps),
  };
}

const localSettings: readonly ProviderSetting[] = [
  {
    name: 'maxRunning',
    description:
      'Maximum number of jobs that run at the same time on this machine; other jobs are queued. `0`: the number of CPU cores.',
    schema: { type: 'integer', default: 0, minimum: 0, maximum: 1000 },
  },
  {
    name: 'interpreters',
    description:
      'Interpreter command for each file extension, such as `{ ".jl": ["julia", "--threads=4"] }`. Extensions that are not listed use `julia`, `python3`, `Rscript`, `bash`, or `node`.',
    schema: {
      type: 'object',
      default: {},
      additionalProperties: { type: 'array', items: { type: 'string' }, minItems: 1 },
      examples: [{ '.py': ['/opt/python/bin/python3', '-X', 'dev'] }],
    },
  },
  {
    name: 'keepJobs',
    description:
      'How many finished jobs to keep on this machine (most recent). Older jobs are deleted only after you agree. Jobs with result files that you never opened, revealed, or downloaded require a separate confirmation. `0`: keep all.',
    schema: { type: 'integer', default: 200, minimum: 0, maximum: 100_000 },
  },
  {
    name: 'keepDays',
    description:
      'How many days to keep finished jobs on this machine. Older jobs are deleted only after you agree. Jobs with result files that you never opened, revealed, or downloaded require a separate confirmation. `0`: keep forever.',
    schema: { type: 'integer', default: 60, minimum: 0, maximum: 10_000 },
  },
];

async function createLocalBackendFor(connection: Connection, deps: LocalProviderDeps): Promise<Backend> {
  const { setting, getFolder, runner, unpack, env, askRetention, log } = deps;
  const [{ createLocalBackend }, { getDefaultMaxRunning, parseInterpreters }] = await Promise.all([
    import('./backend.js'),
    import('./settings.js'),
  ]);
  return createLocalBackend({
    connection,
    folder: getFolder(localKind, connection.id),
    runner,
    unpack,
    env,
    askRetention,
    log,
    settings: () => ({
      interpreters: parseInterpreters(setting('local.interpreters')),
      maxRunning:
        parsePositiveCount(connection.settings['maxRunning']) ??
        parsePositiveCount(setting('local.maxRunning')) ??
        getDefaultMaxRunning(),
      retention: {
        count: parsePositiveCount(setting('local.keepJobs')) ?? 0,
        days: parsePositiveCount(setting('local.keepDays')) ?? 0,
      },
    }),
  });
}

/** A positive whole number, also as text; undefined for anything else. */
function parsePositiveCount(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : undefined;
}
