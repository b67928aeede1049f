import type { BackendKind } from '../core/domain/kind.js';
import type { Log } from '../core/domain/ports.js';
import type { AskRetention } from '../core/domain/retention.js';
import type { Say } from '../lib/say.js';
import { juliaHubKind, type JuliaHubParts } from './juliahub/kind.js';
import { slurmKind, type SlurmParts } from './slurm/kind.js';
import type { LocalOptions } from './local/backend.js';

/** What the backends need of the outside. */
export interface Parts extends Omit<JuliaHubParts, 'folderOf'>, Omit<SlurmParts, 'folderOf'> {
  /** An absolute folder of ours for a connection's own files. */
  readonly folderOf: (kind: string, connection: string) => string;
  readonly runner: LocalOptions['runner'];
  readonly unpack: LocalOptions['unpack'];
  readonly env: NodeJS.ProcessEnv;
  readonly askRetention: AskRetention;
  /** The user's settings, read at each use. */
  readonly setting: (name: string) => unknown;
  readonly say: Say;
  readonly log: Log;
}

/** All kinds of places jobs run. */
export const backendKinds = (parts: Parts): readonly BackendKind[] => [
  localKind(parts),
  juliaHubKind({ ...parts, folderOf: (connection) => parts.folderOf('juliahub', connection) }),
  slurmKind({ ...parts, folderOf: (connection) => parts.folderOf('slurm', connection) }),
];

function localKind(parts: Parts): BackendKind {
  const { say, setting, folderOf, runner, unpack, env, askRetention, log } = parts;
  return {
    kind: 'local',
    title: say('Local'),
    detail: say('Another queue on this machine, with its own bound of jobs that run at once'),
    questions: [
      {
        id: 'maxRunning',
        title: say('Jobs at Once'),
        prompt: say('How many of its jobs may run at once; the others wait in order'),
        initial: '1',
        check: (value) => (/^[1-9]\d{0,2}$/.test(value.trim()) ? undefined : say('A number from 1 to 999.')),
      },
    ],
    create: async (connection) => {
      const [{ localBackend }, { defaultMaxRunning, readInterpreters }] = await Promise.all([
        import('./local/backend.js'),
        import('./local/settings.js'),
      ]);
      return localBackend({
        connection,
        folder: folderOf('local', connection.id),
        runner,
        unpack,
        env,
        askRetention,
        log,
        settings: () => ({
          interpreters: readInterpreters(setting('local.interpreters')),
          maxRunning:
            count(connection.settings['maxRunning']) ??
            count(setting('local.maxRunning')) ??
            defaultMaxRunning(),
          retention: {
            count: count(setting('local.keepJobs')) ?? 0,
            days: count(setting('local.keepDays')) ?? 0,
          },
        }),
      });
    },
  };
}

/** A whole number above zero, also where it was typed; undefined: anything else. */
function count(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : undefined;
}
