import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AskUser, Clock, Log } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import { toUserEnv } from '../../core/userEnvironment.js';
import { listenForQuestions, type Askpass, type HelperProgram } from './askpass.js';
import { lastOf } from './lastOf.js';
import { sshReason } from './sshReasons.js';
import { stoppable } from './stoppable.js';

/** What ssh needs to reach a host. */
export interface SshOptions {
  /** The ssh program: a name on the PATH, or absolute. */
  readonly program: string;
  /** A configuration file in the place of the user's own; empty: ssh reads its usual ones. */
  readonly configFile: string;
  /** As in `ssh host`: a name of the configuration, or `user@address`. */
  readonly host: string;
  /** Who asks, when ssh needs something of the user. */
  readonly place: string;
  readonly env: NodeJS.ProcessEnv;
  readonly helper: HelperProgram;
  readonly ask: AskUser;
  readonly clock: Clock;
  readonly log: Log;
  readonly say: Say;
}

/** The one connection to a host, over which all programs run. It opens when it is needed. */
export interface SshLink {
  /** The arguments of ssh, up to and with the host, that run a program over the connection; opens it where it is not. */
  readonly args: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Somebody has a program to run; call the result when it has ended, or never began. Until then the connection stays. */
  readonly use: () => () => void;
  /** The user wants it: questions that they left are asked again. */
  readonly anew: () => void;
  /** Nobody needs it any more. Programs that run over it go on to their end; what is begun later opens it for itself. */
  readonly close: () => void;
}

/** Milliseconds without use after which the connection is closed, unless the user had to type something to open it. */
const restMs = 300_000;

/** Milliseconds between two looks at whether the connection stands. */
const lookMs = 25;

/** Connections are multiplexed wherever ssh can; that of Windows cannot. */
const canShare = process.platform !== 'win32';

interface Master {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly socket: string;
  readonly asked: Askpass;
}

/** Makes the connection to a host, which is opened at its first use. */
export function sshLink(options: SshOptions): SshLink {
  const { clock, say, place, host } = options;
  let opening: Promise<Master> | undefined;
  let open: Master | undefined;
  /** Why it is not opened by itself any more: the user was asked, in vain. */
  let left: string | undefined;
  const common = commonArgs(options);
  const offline = (why: string): JobError => new JobError({ kind: 'offline', place, why });

  const opened = async (): Promise<Master> => {
    try {
      const begun = await begin(options, common);
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
      left = error.message === '' ? say('the question of ssh was left without an answer') : error.message;
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
    return stoppable(opening, signal);
  };

  const leave = (): void => {
    // From now on nobody begins anything over it.
    open?.child.stdin?.end();
    open = undefined;
  };
  const users = countUsers(clock, {
    isOpen: () => open !== undefined,
    rested: (isClosed) => {
      if (isClosed || !open?.asked.hasAsked()) leave();
    },
  });

  return {
    args: async (signal) => {
      if (!canShare) return [...common, '-o', 'BatchMode=yes', '--', host];
      const { socket } = await master(signal);
      return [...common, '-o', 'ControlMaster=no', '-S', socket, '-o', 'BatchMode=yes', '--', host];
    },
    use: users.use,
    anew: () => {
      left = undefined;
    },
    close: () => {
      users.stop();
      leave();
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

const commonArgs = ({ configFile }: SshOptions): readonly string[] => [
  ...(configFile === '' ? [] : ['-F', configFile]),
  ...['-T', '-x', '-o', 'RemoteCommand=none', '-o', 'ClearAllForwardings=yes'],
  ...['-o', 'PermitLocalCommand=no', '-o', 'ConnectTimeout=20'],
  ...['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=3'],
];

/** True while it may be used. */
const isUp = ({ child, socket }: Master): boolean =>
  child.exitCode === null && child.signalCode === null && existsSync(socket);

/** The user left a question of ssh, or answered and was not let in, which the message tells: asking again is not ours. */
class Left extends Error {}

async function begin(options: SshOptions, common: readonly string[]): Promise<Master> {
  const { place, helper, ask, clock, log } = options;
  const folder = await mkdtemp(join(tmpdir(), 'bj-'));
  const socket = join(folder, 'm');
  const life = new AbortController();
  const asked = await listenForQuestions(folder, place, helper, ask, life.signal).catch(
    async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    },
  );
  const { child, gone } = launch(options, [...common, '-M', '-S', socket], asked);
  const leave = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', leave);
  child.once('close', () => process.off('exit', leave));
  const begun = { child, folder, socket, asked };
  try {
    await Promise.race([gone, stands(socket, clock, life.signal)]);
    log.info(`connected to ${place}`);
    // From now on its end is told by the next command.
    gone.catch(() => undefined);
    return begun;
  } catch (error) {
    await close(begun);
    throw error;
  } finally {
    life.abort();
  }
}

/** Starts ssh; `gone` rejects when it ends. */
function launch(
  { program, host, place, env, say }: SshOptions,
  args: readonly string[],
  asked: Askpass,
): { readonly child: ChildProcess; readonly gone: Promise<never> } {
  // It lives as long as its input is open, so that none is left behind by a window that is gone.
  const child = spawn(program, [...args, '-o', 'ControlPersist=no', '--', host, 'cat'], {
    env: { ...toUserEnv(env), ...asked.env },
    stdio: ['pipe', 'ignore', 'pipe'],
    // Without a terminal of its own it asks us.
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const errors = lastOf(child.stderr);
  const gone = new Promise<never>((_, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      reject(isMissing ? new JobError({ kind: 'missingTool', tool: program, for: place }) : error);
    });
    child.once('close', () => {
      const why = sshReason(errors(), say);
      if (asked.isDeclined()) reject(new Left());
      else reject(asked.hasAsked() ? new Left(why) : new JobError({ kind: 'offline', place, why }));
    });
  });
  return { child, gone };
}

async function stands(socket: string, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!existsSync(socket)) await clock.sleep(lookMs, signal);
}

async function close({ child, folder, asked }: Master): Promise<void> {
  asked.close();
  child.stdin?.end();
  child.kill();
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
