import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { unlimitedSessions, type SessionPool } from './sessionPool.js';
import {
  startMaster,
  closeMaster,
  isReady,
  PromptDeclined,
  stopAccepting,
  type ControlMaster,
  type SshHostDeps,
} from './controlMaster.js';
import { toConfigArgs, resolveHost, toSshArgs, type SshArgs } from './sshSettings.js';
import { dedupeCalls, getAbortError, raceAbort } from '../lib/abort.js';

/** The single connection to a host, which all programs share. Opened on first use. */
export interface SshConnection {
  /** The ssh arguments for a program; opens the connection if necessary. */
  readonly connect: (signal: AbortSignal) => Promise<SshInvocation>;
  /** True if programs should free their sessions as soon as possible. */
  readonly isNarrow: () => boolean;
  /**
   * Registers a program; call the result when it has exited or was not started. Until then the connection
   * stays open.
   */
  readonly acquire: () => () => void;
  /** Allows dismissed prompts to appear again. */
  readonly resetPrompts: () => void;
  /** Closes the connection. Running programs continue; programs started later open a new one. */
  readonly close: () => void;
}

/**
 * Milliseconds without use after which the connection is closed, unless the user had to type something to
 * open it.
 */
const idleTimeoutMs = 300_000;

/** Connections are multiplexed if ssh supports it; on Windows it does not. */
const canMultiplex = process.platform !== 'win32';

/** The ssh arguments for a program. */
export interface SshInvocation {
  /** The arguments of ssh, up to and including the host. */
  readonly args: readonly string[];
  /** Returns a new file for ssh's own messages; undefined: they are mixed with those of the program. */
  readonly messagesFile?: () => string;
  readonly sessions: SessionPool;
}

/** Creates the connection to a host, which is opened on first use. */
export function createSshConnection(options: SshHostDeps): SshConnection {
  const { clock, place, host } = options;
  let opening: Promise<ControlMaster> | undefined;
  let open: ControlMaster | undefined;
  /** Why it is not opened automatically: the user was prompted without success. */
  let left: string | undefined;
  const alone = createSeparateConnections(options);
  const offline = (why: string): JobError => new JobError({ kind: 'offline', place, why });
  const opened = async (): Promise<ControlMaster> => {
    try {
      const begun = await startMaster(options, await resolveSshArgs(options));
      open = begun;
      // The caller may have been aborted in the meantime.
      users.look();
      begun.child.once('exit', () => {
        if (open === begun) open = undefined;
        void closeMaster(begun);
      });
      return begun;
    } catch (error) {
      if (!(error instanceof PromptDeclined)) throw error;
      left = error.message === '' ? 'the SSH prompt was dismissed' : error.message;
      throw offline(left);
    } finally {
      opening = undefined;
    }
  };
  const master = async (signal: AbortSignal): Promise<ControlMaster> => {
    if (open && isReady(open)) return open;
    if (left !== undefined) throw offline(left);
    opening ??= opened();
    // Aborting one caller does not abort the others.
    return raceAbort(opening, signal, getAbortError);
  };

  const leave = (): void => {
    // No further program will use it.
    if (open) stopAccepting(open);
    open = undefined;
  };
  const users = createUserCounter(clock, {
    isOpen: () => open !== undefined,
    rested: (isClosed) => {
      if (isClosed || !open?.askpass.hasAsked()) leave();
    },
  });

  return {
    connect: async (signal) =>
      canMultiplex ? toInvocation(await master(signal), host) : raceAbort(alone.way(), signal, getAbortError),
    isNarrow: () => open?.sessions.isNarrow() ?? false,
    acquire: users.use,
    resetPrompts: () => {
      left = undefined;
      alone.forget();
    },
    close: () => {
      users.stop();
      leave();
    },
  };
}

/** The arguments for using the open connection. */
function toInvocation({ args, socket, messagesFile, sessions }: ControlMaster, host: string): SshInvocation {
  const over = ['-o', 'ControlMaster=no', '-S', socket, '-o', 'BatchMode=yes'];
  // If the connection is lost or refuses, ssh would open another one, which is not tracked.
  const only = ['-o', 'ProxyCommand=exit 255'];
  return { args: [...args.program, ...over, ...only, '--', host], messagesFile, sessions };
}

/** A connection for each program, with options that are read once per host. */
function createSeparateConnections(options: SshHostDeps): {
  readonly way: () => Promise<SshInvocation>;
  readonly forget: () => void;
} {
  let known: SshInvocation | undefined;
  const read = dedupeCalls(async (): Promise<SshInvocation> => {
    const args = [...(await resolveSshArgs(options)).program, '-o', 'BatchMode=yes', '--', options.host];
    return { args, sessions: unlimitedSessions };
  });
  return {
    way: async () => (known ??= await read()),
    forget: () => {
      known = undefined;
    },
  };
}

/**
 * Counts the users of the connection, and reports when it has been unused for a while; once stopped,
 * immediately.
 */
function createUserCounter(
  clock: Clock,
  { isOpen, rested }: { readonly isOpen: () => boolean; readonly rested: (isStopped: boolean) => void },
): { readonly use: SshConnection['acquire']; readonly look: () => void; readonly stop: () => void } {
  let users = 0;
  let rest = new AbortController();
  let isStopped = false;
  const look = (): void => {
    if (users > 0 || !isOpen()) return;
    rest.abort();
    if (isStopped) {
      rested(true);
      return;
    }
    rest = new AbortController();
    clock.sleep(idleTimeoutMs, rest.signal).then(
      () => rested(false),
      () => undefined,
    );
  };
  const use = (): (() => void) => {
    users++;
    rest.abort();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      users--;
      look();
    };
  };
  return {
    use,
    look,
    stop: () => {
      isStopped = true;
      rest.abort();
    },
  };
}

/** The arguments of ssh for the host that its configuration does not determine. */
async function resolveSshArgs(options: SshHostDeps): Promise<SshArgs> {
  const { connection, program } = toSshArgs(await resolveHost(options, options.host));
  const config = toConfigArgs(options);
  return { connection: [...config, ...connection], program: [...config, ...program] };
}
