import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { freeSessions, type Sessions } from './sessions.js';
import { begin, close, isUp, Left, stopListening, type Master, type SshOptions } from './sshMaster.js';
import { configArgs, resolveHost, sshOptions, type SshArgs } from './sshSettings.js';
import { dedupeCalls, getAbortError, raceAbort } from '../lib/abort.js';

/** The single connection to a host, which all programs share. Opened on first use. */
export interface SshLink {
  /** The ssh arguments for a program; opens the connection if necessary. */
  readonly way: (signal: AbortSignal) => Promise<SshWay>;
  /** True if programs should free their sessions as soon as possible. */
  readonly isNarrow: () => boolean;
  /**
   * Registers a program; call the result when it has exited or was not started. Until then the connection
   * stays open.
   */
  readonly use: () => () => void;
  /** Allows dismissed prompts to appear again. */
  readonly anew: () => void;
  /** Closes the connection. Running programs continue; programs started later open a new one. */
  readonly close: () => void;
}

/**
 * Milliseconds without use after which the connection is closed, unless the user had to type something to
 * open it.
 */
const restMs = 300_000;

/** Connections are multiplexed if ssh supports it; on Windows it does not. */
const canShare = process.platform !== 'win32';

/** The ssh arguments for a program. */
export interface SshWay {
  /** The arguments of ssh, up to and including the host. */
  readonly args: readonly string[];
  /** Returns a new file for ssh's own messages; undefined: they are mixed with those of the program. */
  readonly messagesFile?: () => string;
  readonly sessions: Sessions;
}

/** Creates the connection to a host, which is opened on first use. */
export function sshLink(options: SshOptions): SshLink {
  const { clock, place, host } = options;
  let opening: Promise<Master> | undefined;
  let open: Master | undefined;
  /** Why it is not opened automatically: the user was prompted without success. */
  let left: string | undefined;
  const alone = separateWay(options);
  const offline = (why: string): JobError => new JobError({ kind: 'offline', place, why });
  const opened = async (): Promise<Master> => {
    try {
      const begun = await begin(options, await ownArgs(options));
      open = begun;
      // The caller may have been aborted in the meantime.
      users.look();
      begun.child.once('exit', () => {
        if (open === begun) open = undefined;
        void close(begun);
      });
      return begun;
    } catch (error) {
      if (!(error instanceof Left)) throw error;
      left = error.message === '' ? 'the SSH prompt was dismissed' : error.message;
      throw offline(left);
    } finally {
      opening = undefined;
    }
  };
  const master = async (signal: AbortSignal): Promise<Master> => {
    if (open && isUp(open)) return open;
    if (left !== undefined) throw offline(left);
    opening ??= opened();
    // Aborting one caller does not abort the others.
    return raceAbort(opening, signal, getAbortError);
  };

  const leave = (): void => {
    // No further program will use it.
    if (open) stopListening(open);
    open = undefined;
  };
  const users = countUsers(clock, {
    isOpen: () => open !== undefined,
    rested: (isClosed) => {
      if (isClosed || !open?.asked.hasAsked()) leave();
    },
  });

  return {
    way: async (signal) =>
      canShare ? wayOver(await master(signal), host) : raceAbort(alone.way(), signal, getAbortError),
    isNarrow: () => open?.sessions.isNarrow() ?? false,
    use: users.use,
    anew: () => {
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
function wayOver({ args, socket, messagesFile, sessions }: Master, host: string): SshWay {
  const over = ['-o', 'ControlMaster=no', '-S', socket, '-o', 'BatchMode=yes'];
  // If the connection is lost or refuses, ssh would open another one, which is not tracked.
  const only = ['-o', 'ProxyCommand=exit 255'];
  return { args: [...args.program, ...over, ...only, '--', host], messagesFile, sessions };
}

/** A connection for each program, with options that are read once per host. */
function separateWay(options: SshOptions): {
  readonly way: () => Promise<SshWay>;
  readonly forget: () => void;
} {
  let known: SshWay | undefined;
  const read = dedupeCalls(async (): Promise<SshWay> => {
    const args = [...(await ownArgs(options)).program, '-o', 'BatchMode=yes', '--', options.host];
    return { args, sessions: freeSessions };
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
function countUsers(
  clock: Clock,
  { isOpen, rested }: { readonly isOpen: () => boolean; readonly rested: (isStopped: boolean) => void },
): { readonly use: SshLink['use']; readonly look: () => void; readonly stop: () => void } {
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
    clock.sleep(restMs, rest.signal).then(
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
async function ownArgs(options: SshOptions): Promise<SshArgs> {
  const { connection, program } = sshOptions(await resolveHost(options, options.host));
  const config = configArgs(options);
  return { connection: [...config, ...connection], program: [...config, ...program] };
}
