import { randomBytes } from 'node:crypto';
import { JobError } from '../core/domain/problem.js';
import { MadeRoom, type Host, type Running } from './host.js';
import { forAnyShell, scriptFor } from './quoting.js';
import { sshLink, type SshLink } from './sshLink.js';
import type { SshOptions } from './sshMaster.js';
import { startProgram } from './sshProgram.js';

/**
 * A remote machine, reached through the system's ssh with the user's configuration, agent and known hosts.
 */
export interface SshHost extends Host {
  /** Allows dismissed prompts to appear again. */
  readonly anew: () => void;
  /** Closes the connection. */
  readonly close: () => void;
}

/**
 * Creates a host by its name in `ssh`. All programs share one connection, as many at a time as the host
 * accepts.
 */
export function sshHost(options: SshOptions): SshHost {
  const link = sshLink(options);
  return {
    name: options.host,
    isRemote: true,
    isNarrow: link.isNarrow,
    anew: link.anew,
    close: link.close,
    start: async (command, signal) => {
      signal.throwIfAborted();
      const key = randomBytes(8).toString('hex');
      const script = forAnyShell(scriptFor(command, key));
      const release = link.use();
      try {
        return await startOver(link, { options, command, key, script }, release, signal);
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

type Wanted = Pick<Parameters<typeof startProgram>[0], 'options' | 'command' | 'key' | 'script'>;

/** Starts a program when a session is free; calls `release` when it has exited. */
async function startOver(
  link: SshLink,
  wanted: Wanted,
  release: () => void,
  signal: AbortSignal,
): Promise<Running> {
  const way = await link.way(signal);
  // Opening can take long; it may have been aborted in the meantime.
  signal.throwIfAborted();
  const life = new AbortController();
  const session = await way.sessions.take(wishOf(wanted, life), signal);
  if (!session) throw fullError(wanted.options);
  try {
    for (;;) {
      const begun = await startProgram({ ...wanted, way, life: life.signal }, signal);
      if (begun !== 'refused') {
        session.begun();
        void begun.gone.then(() => {
          session.leave();
          release();
        });
        return begun.running;
      }
      if (!(await session.refused(signal))) throw fullError(wanted.options);
    }
  } catch (error) {
    session.leave();
    throw error;
  }
}

function wishOf({ command, options: { place } }: Wanted, life: AbortController) {
  const why = 'paused to let other requests run';
  return command.mayYield === true
    ? { yields: () => life.abort(new MadeRoom({ kind: 'offline', place, why })) }
    : {};
}

const fullError = ({ place }: SshOptions): JobError =>
  new JobError({
    kind: 'refused',
    place,
    words:
      'the host allows no more sessions per connection ("MaxSessions" of its SSH server). Try again when the current ones have finished',
  });
