import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { freeSessions, type Sessions } from './sessions.js';
import { begin, close, isUp, Left, stopListening, type Master, type SshOptions } from './sshMaster.js';
import { configArgs, resolveHost, sshOptions, type SshArgs } from './sshSettings.js';
import { dedupeCalls, getAbortError, raceAbort } from '../lib/abort.js';

/** The one connection to a host, over which all programs run. It opens when it is needed. */
export interface SshLink {
  /** How ssh runs a program over the connection; opens it where it is not. */
  readonly way: (signal: AbortSignal) => Promise<SshWay>;
  /** True where programs should leave the connection to others as soon as they can. */
  readonly isNarrow: () => boolean;
  /** Somebody has a program to run; call the result when it has ended, or never began. Until then the connection stays. */
  readonly use: () => () => void;
  /** The user wants it: questions that they left are asked again. */
  readonly anew: () => void;
  /** Nobody needs it any more. Programs that run over it go on to their end; what is begun later opens it for itself. */
  readonly close: () => void;
}

/** Milliseconds without use after which the connection is closed, unless the user had to type something to open it. */
const restMs = 300_000;

/** Connections are multiplexed wherever ssh can; that of Windows cannot. */
const canShare = process.platform !== 'win32';

/** How ssh runs a program. */
export interface SshWay {
  /** The arguments of ssh, up to and with the host. */
  readonly args: readonly string[];
  /** A new file for ssh's own messages; undefined: they come among those of the program. */
  readonly messagesFile?: () => string;
  readonly sessions: Sessions;
}

/** Makes the connection to a host, which is opened at its first use. */
export function sshLink(options: SshOptions): SshLink {
  const { clock, place, host } = options;
  let opening: Promise<Master> | undefined;
  let open: Master | undefined;
  /** Why it is not opened by itself any more: the user was asked, in vain. */
  let left: string | undefined;
  const alone = separateWay(options);
  const offline = (why: string): JobError => new JobError({ kind: 'offline', place, why });
  const opened = async (): Promise<Master> => {
    try {
      const begun = await begin(options, await ownArgs(options));
      open = begun;
      // Whoever it was opened for may have gone meanwhile.
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
    // Whoever stops waiting does not stop the others.
    return raceAbort(opening, signal, getAbortError);
  };

  const leave = (): void => {
    // From now on nobody begins anything over it.
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

/** Over the connection that is open. */
function wayOver({ args, socket, messagesFile, sessions }: Master, host: string): SshWay {
  const over = ['-o', 'ControlMaster=no', '-S', socket, '-o', 'BatchMode=yes'];
  // Where the connection has gone or refuses, ssh would open another one, of which nobody would know.
  const only = ['-o', 'ProxyCommand=exit 255'];
  return { args: [...args.program, ...over, ...only, '--', host], messagesFile, sessions };
}

/** A connection for each program, with the options that were once read for the host. */
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

/** Counts who uses the connection, and tells when nobody has for a while; once stopped, as soon as nobody does. */
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

/** The arguments of ssh for the host, as far as its configuration leaves them to us. */
async function ownArgs(options: SshOptions): Promise<SshArgs> {
  const { connection, program } = sshOptions(await resolveHost(options, options.host));
  const config = configArgs(options);
  return { connection: [...config, ...connection], program: [...config, ...program] };
}
