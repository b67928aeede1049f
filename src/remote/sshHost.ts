import { randomBytes } from 'node:crypto';
import { JobError } from '../core/domain/problem.js';
import { ProgramYieldedError, type Host, type RunningProgram } from './host.js';
import { toRemoteScript, buildScript } from './quoting.js';
import { createSshConnection, type SshConnection } from './sshConnection.js';
import type { SshHostDeps } from './controlMaster.js';
import { startProgram } from './sshProgram.js';

/**
 * A remote machine, reached through the system's ssh with the user's configuration, agent and known hosts.
 */
export interface SshHost extends Host {
  /** Allows dismissed prompts to appear again. */
  readonly resetPrompts: () => void;
  /** Closes the connection. */
  readonly close: () => void;
}

/**
 * Creates a host by its name in `ssh`. All programs share one connection, as many at a time as the host
 * accepts.
 */
export function createSshHost(options: SshHostDeps): SshHost {
  const link = createSshConnection(options);
  return {
    name: options.host,
    isRemote: true,
    isNarrow: link.isNarrow,
    resetPrompts: link.resetPrompts,
    close: link.close,
    start: async (command, signal) => {
      signal.throwIfAborted();
      const key = randomBytes(8).toString('hex');
      const script = toRemoteScript(buildScript(command, key));
      const release = link.acquire();
      try {
        return await startInSession(link, { options, command, key, script }, release, signal);
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

type ProgramStart = Pick<Parameters<typeof startProgram>[0], 'options' | 'command' | 'key' | 'script'>;

/** Starts a program when a session is free; calls `release` when it has exited. */
async function startInSession(
  link: SshConnection,
  wanted: ProgramStart,
  release: () => void,
  signal: AbortSignal,
): Promise<RunningProgram> {
  const way = await link.connect(signal);
  // Opening can take long; it may have been aborted in the meantime.
  signal.throwIfAborted();
  const life = new AbortController();
  const session = await way.sessions.take(createSessionRequest(wanted, life), signal);
  if (!session) throw createFullError(wanted.options);
  try {
    for (;;) {
      const begun = await startProgram({ ...wanted, invocation: way, life: life.signal }, signal);
      if (begun !== 'refused') {
        session.markStarted();
        void begun.gone.then(() => {
          session.release();
          release();
        });
        return begun.running;
      }
      if (!(await session.waitAfterRefusal(signal))) throw createFullError(wanted.options);
    }
  } catch (error) {
    session.release();
    throw error;
  }
}

function createSessionRequest({ command, options: { place } }: ProgramStart, life: AbortController) {
  const why = 'paused to let other requests run';
  return command.mayYield === true
    ? { onYield: () => life.abort(new ProgramYieldedError({ kind: 'offline', place, why })) }
    : {};
}

const createFullError = ({ place }: SshHostDeps): JobError =>
  new JobError({
    kind: 'refused',
    place,
    words:
      'the host allows no more sessions per connection ("MaxSessions" of its SSH server). Try again when the current ones have finished',
  });
