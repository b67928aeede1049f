import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AskUser, Clock, Log } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
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
  /** A program was started; call the result when it has ended. While one runs the connection stays. */
  readonly use: () => () => void;
  /** The user wants it: questions that they left are asked again. */
  readonly anew: () => void;
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
  let users = 0;
  let rest = new AbortController();
  let isLeft = false;

  const common = commonArgs(options);

  const master = async (signal: AbortSignal): Promise<Master> => {
    if (open && isUp(open)) return open;
    if (isLeft) throw unanswered();
    opening ??= begin(options, common)
      .then((begun) => {
        open = begun;
        begun.child.once('exit', () => {
          if (open === begun) open = undefined;
          void close(begun);
        });
        return begun;
      })
      .catch((error: unknown) => {
        isLeft = error instanceof Left;
        throw isLeft ? unanswered() : error;
      })
      .finally(() => (opening = undefined));
    // Whoever stops waiting does not stop the others.
    return stoppable(opening, signal);
  };
  const unanswered = (): JobError =>
    new JobError({ kind: 'offline', place, why: say('the question of ssh was left without an answer') });

  const rested = (): void => {
    rest.abort();
    rest = new AbortController();
    clock.sleep(restMs, rest.signal).then(
      () => {
        if (users === 0 && open && !open.asked.hasAsked()) open.child.stdin?.end();
      },
      () => undefined,
    );
  };

  return {
    args: async (signal) => {
      if (!canShare) return [...common, '--', host];
      const { socket } = await master(signal);
      return [...common, '-o', 'ControlMaster=no', '-S', socket, '-o', 'BatchMode=yes', '--', host];
    },
    use: () => {
      users++;
      rest.abort();
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        if (--users === 0) rested();
      };
    },
    anew: () => {
      isLeft = false;
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

/** The user left a question of ssh. */
class Left extends Error {}

async function begin(options: SshOptions, common: readonly string[]): Promise<Master> {
  const { program, host, place, env, helper, ask, clock, say, log } = options;
  const folder = await mkdtemp(join(tmpdir(), 'bj-'));
  const socket = join(folder, 'm');
  const leave = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', leave);
  const life = new AbortController();
  const asked = await listenForQuestions(folder, place, helper, ask, life.signal);
  // It lives as long as its input is open, so that none is left behind by a window that is gone.
  const args = [...common, '-M', '-S', socket, '-o', 'ControlPersist=no', '--', host, 'cat'];
  const child = spawn(program, args, {
    env: { ...env, ...asked.env },
    stdio: ['pipe', 'ignore', 'pipe'],
    // Without a terminal of its own it asks us.
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const errors = lastOf(child.stderr);
  child.once('close', () => process.off('exit', leave));
  const begun = { child, folder, socket, asked };
  const gone = new Promise<never>((_, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      reject(isMissing ? new JobError({ kind: 'missingTool', tool: program, for: place }) : error);
    });
    child.once('close', () => {
      reject(
        asked.isDeclined()
          ? new Left()
          : new JobError({ kind: 'offline', place, why: sshReason(errors(), say) }),
      );
    });
  });
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

async function stands(socket: string, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!existsSync(socket)) await clock.sleep(lookMs, signal);
}

async function close({ child, folder, asked }: Master): Promise<void> {
  asked.close();
  child.stdin?.end();
  child.kill();
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
