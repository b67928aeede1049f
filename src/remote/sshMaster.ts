import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AskUser, Clock, Log } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { toUserEnv } from '../lib/userEnvironment.js';
import { keepTail } from '../lib/node/programs.js';
import { listenForQuestions, type Askpass, type HelperProgram } from './askpass.js';
import { makePrivateFolder } from './privateFolder.js';
import { createSessions, type Sessions } from './sessions.js';
import type { SshArgs } from './sshSettings.js';
import { readMessages, sshReason } from './sshReasons.js';

/** The parameters for reaching a host through ssh. */
export interface SshOptions {
  /** The ssh program: a name on the PATH, or an absolute path. */
  readonly program: string;
  /** A configuration file instead of the user's own; empty: the default files. */
  readonly configFile: string;
  /** As in `ssh host`: a name from the configuration, or `user@address`. */
  readonly host: string;
  /** The title of the connection, for prompts. */
  readonly place: string;
  readonly env: NodeJS.ProcessEnv;
  readonly helper: HelperProgram;
  readonly ask: AskUser;
  readonly clock: Clock;
  readonly log: Log;
}

/** The ssh process that keeps a connection open for all others. It uses no session of the host. */
export interface Master {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly socket: string;
  readonly asked: Askpass;
  readonly args: SshArgs;
  readonly messagesFile: () => string;
  readonly sessions: Sessions;
}

/**
 * The user dismissed a prompt of ssh, or answered but was not authenticated (see the message). Do not prompt
 * again automatically.
 */
export class Left extends Error {}

/** Milliseconds between two checks whether the connection is open. */
const lookMs = 25;

/** True while the connection is usable. */
export const isUp = ({ child, socket }: Master): boolean =>
  child.exitCode === null && child.signalCode === null && existsSync(socket);

/** Opens a connection. @throws {@link Left}, {@link JobError} of kind `offline`, `missingTool`. */
export async function begin(options: SshOptions, args: SshArgs): Promise<Master> {
  const { place, clock, log, env } = options;
  const folder = await makePrivateFolder(env);
  const socket = join(folder, 'm');
  const life = new AbortController();
  const asked = await listenForQuestions({ ...options, folder }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const { child, gone } = launch(options, { args: args.connection, folder, socket, asked });
  const leave = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', leave);
  child.once('close', () => process.off('exit', leave));
  let files = 0;
  const messagesFile = (): string => join(folder, `e${String(files++)}`);
  const begun = { child, folder, socket, asked, args, messagesFile, sessions: createSessions(clock) };
  try {
    await Promise.race([gone, stands(socket, clock, life.signal)]);
    log.info(`connected to ${place}`);
    // From now on, the next command reports its end.
    gone.catch(() => undefined);
    return begun;
  } catch (error) {
    await close(begun);
    throw error;
  } finally {
    life.abort();
    // ssh does not prompt after it has connected; reject all other callers of the helper.
    asked.close();
  }
}

interface Launch {
  readonly args: readonly string[];
  readonly folder: string;
  readonly socket: string;
  readonly asked: Askpass;
}

/**
 * Runs ssh without a session (`-N`), which leaves all of the host's sessions to programs. It runs until its
 * input is closed, so that none remains after the window is closed; then it accepts no new programs and exits
 * with the last one.
 */
const keeper = `
exec 3<&0
"$@" </dev/null 3<&- &
ssh=$!
trap 'kill $ssh 2>/dev/null' HUP INT TERM
{ read -r line; "$1" -F /dev/null -S "$BATCH_JOBS_SOCKET" -O stop -- host || kill $ssh; } <&3 >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait $ssh
code=$?
kill $watch 2>/dev/null
exit $code
`;

/** Starts ssh; `gone` rejects when it exits. */
function launch(
  { program, host, place, env }: SshOptions,
  { args, folder, socket, asked }: Launch,
): { readonly child: ChildProcess; readonly gone: Promise<never> } {
  const messages = join(folder, 'e');
  const own = ['-M', '-N', '-S', socket, '-E', messages, '-o', 'ControlPersist=no', '--', host];
  const child = spawn('/bin/sh', ['-c', keeper, 'sh', program, ...args, ...own], {
    env: { ...toUserEnv(env), ...asked.env, BATCH_JOBS_SOCKET: socket },
    stdio: ['pipe', 'ignore', 'pipe'],
    // Without a terminal, ssh prompts through the helper.
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const early = keepTail(child.stderr);
  const gone = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== null && notRun.includes(code) && !existsSync(messages)) {
        reject(new JobError({ kind: 'missingTool', tool: program, for: place }));
        return;
      }
      // Text that the server sends before the login also goes to stderr; without a file of messages, ssh has
      // not connected.
      const why = sshReason(existsSync(messages) ? readMessages(messages) : early());
      if (asked.isDeclined()) reject(new Left());
      else reject(asked.hasAsked() ? new Left(why) : new JobError({ kind: 'offline', place, why }));
    });
  });
  return { child, gone };
}

/** The exit codes of a shell if a program cannot be run or does not exist. */
const notRun = [126, 127];

async function stands(socket: string, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!existsSync(socket)) await clock.sleep(lookMs, signal);
}

/** Accepts no new programs; running ones continue. */
export function stopListening({ child }: Master): void {
  child.stdin?.end();
}

/** Stops it with all programs that use it. */
export async function close({ child, folder, asked }: Master): Promise<void> {
  asked.close();
  child.stdin?.end();
  child.kill();
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
