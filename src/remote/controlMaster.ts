import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UserPrompter, Clock, Log } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { toUserEnv } from '../lib/userEnvironment.js';
import { collectTail } from '../lib/node/programs.js';
import { startAskpassServer, type AskpassServer, type HelperProgram } from './askpassServer.js';
import { makePrivateFolder } from './privateFolder.js';
import { createSessionPool, type SessionPool } from './sessionPool.js';
import type { SshArgs } from './sshSettings.js';
import { readMessages, parseSshError } from './sshErrors.js';

/** The parameters for reaching a host through ssh. */
export interface SshHostDeps {
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
  readonly ask: UserPrompter;
  readonly clock: Clock;
  readonly log: Log;
}

/** The ssh process that keeps a connection open for all others. It uses no session of the host. */
export interface ControlMaster {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly socket: string;
  readonly askpass: AskpassServer;
  readonly args: SshArgs;
  readonly messagesFile: () => string;
  readonly sessions: SessionPool;
}

/**
 * The user dismissed a prompt of ssh, or answered but was not authenticated (see the message). Do not prompt
 * again automatically.
 */
export class PromptDeclined extends Error {}

/** Milliseconds between two checks whether the connection is open. */
const pollMs = 25;

/** True while the connection is usable. */
export const isReady = ({ child, socket }: ControlMaster): boolean =>
  child.exitCode === null && child.signalCode === null && existsSync(socket);

/** Opens a connection. @throws {@link Left}, {@link JobError} of kind `offline`, `missingTool`. */
export async function startMaster(options: SshHostDeps, args: SshArgs): Promise<ControlMaster> {
  const { place, clock, log, env } = options;
  const folder = await makePrivateFolder(env);
  const socket = join(folder, 'm');
  const life = new AbortController();
  const asked = await startAskpassServer({ ...options, folder }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const { child, gone } = launchMaster(options, { args: args.connection, folder, socket, askpass: asked });
  const leave = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', leave);
  child.once('close', () => process.off('exit', leave));
  let files = 0;
  const messagesFile = (): string => join(folder, `e${String(files++)}`);
  const begun = {
    child,
    folder,
    socket,
    askpass: asked,
    args,
    messagesFile,
    sessions: createSessionPool(clock),
  };
  try {
    await Promise.race([gone, waitUntilReady(socket, clock, life.signal)]);
    log.info(`connected to ${place}`);
    // From now on, the next command reports its end.
    gone.catch(() => undefined);
    return begun;
  } catch (error) {
    await closeMaster(begun);
    throw error;
  } finally {
    life.abort();
    // ssh does not prompt after it has connected; reject all other callers of the helper.
    asked.close();
  }
}

interface MasterLaunch {
  readonly args: readonly string[];
  readonly folder: string;
  readonly socket: string;
  readonly askpass: AskpassServer;
}

/**
 * Runs ssh without a session (`-N`), which leaves all of the host's sessions to programs. It runs until its
 * input is closed, so that none remains after the window is closed; then it accepts no new programs and exits
 * with the last one.
 */
const keeperScript = `
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
function launchMaster(
  { program, host, place, env }: SshHostDeps,
  { args, folder, socket, askpass: asked }: MasterLaunch,
): { readonly child: ChildProcess; readonly gone: Promise<never> } {
  const messages = join(folder, 'e');
  const own = ['-M', '-N', '-S', socket, '-E', messages, '-o', 'ControlPersist=no', '--', host];
  const child = spawn('/bin/sh', ['-c', keeperScript, 'sh', program, ...args, ...own], {
    env: { ...toUserEnv(env), ...asked.env, BATCH_JOBS_SOCKET: socket },
    stdio: ['pipe', 'ignore', 'pipe'],
    // Without a terminal, ssh prompts through the helper.
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const early = collectTail(child.stderr);
  const gone = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== null && notRunCodes.includes(code) && !existsSync(messages)) {
        reject(new JobError({ kind: 'missingTool', tool: program, for: place }));
        return;
      }
      // Text that the server sends before the login also goes to stderr; without a file of messages, ssh has
      // not connected.
      const why = parseSshError(existsSync(messages) ? readMessages(messages) : early());
      if (asked.isDeclined()) reject(new PromptDeclined());
      else reject(asked.hasAsked() ? new PromptDeclined(why) : new JobError({ kind: 'offline', place, why }));
    });
  });
  return { child, gone };
}

/** The exit codes of a shell if a program cannot be run or does not exist. */
const notRunCodes = [126, 127];

async function waitUntilReady(socket: string, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!existsSync(socket)) await clock.sleep(pollMs, signal);
}

/** Accepts no new programs; running ones continue. */
export function stopAccepting({ child }: ControlMaster): void {
  child.stdin?.end();
}

/** Stops it with all programs that use it. */
export async function closeMaster({ child, folder, askpass: asked }: ControlMaster): Promise<void> {
  asked.close();
  child.stdin?.end();
  child.kill();
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
