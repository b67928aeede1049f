import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { JobError } from '../core/domain/problem.js';
import { toUserEnv } from '../lib/userEnvironment.js';
import type { HostCommand, ProgramExit, RunningProgram } from './host.js';
import { collectTail } from '../lib/node/programs.js';
import { createMarkFilter } from './outputMarks.js';
import { createMarks, missingProgramWord, type RemoteScript } from './quoting.js';
import type { SshInvocation } from './sshConnection.js';
import type { SshHostDeps } from './controlMaster.js';
import { isSessionRefused, readMessages, parseSshError } from './sshErrors.js';
import { waitUpTo } from '../lib/time.js';
import { hasErrorCode } from '../lib/errno.js';

/** A program to start over ssh. */
export interface SshAttempt {
  readonly options: SshHostDeps;
  readonly invocation: SshInvocation;
  readonly command: HostCommand;
  /** The key of the markers in the script. */
  readonly key: string;
  readonly script: RemoteScript;
  /** Aborting it stops a restartable program with its reason. */
  readonly life: AbortSignal;
}

/** A started program. */
export interface SshProgramRun {
  readonly running: RunningProgram;
  /** Resolves when its ssh has exited. */
  readonly gone: Promise<void>;
}

/**
 * How long to wait for the end of stderr, and for ssh to exit, after the output is complete; in milliseconds.
 */
const stderrTimeoutMs = 500;
const exitTimeoutMs = 300;

/**
 * Starts a program over ssh and waits until it has started. `refused`: the host accepts no further session,
 * and nothing was started.
 *
 * @throws as {@link RunningProgram.end}.
 */
export async function startProgram(
  tried: SshAttempt,
  signal: AbortSignal,
): Promise<SshProgramRun | 'refused'> {
  const { options, invocation: way, script, key, life } = tried;
  const messages = way.messagesFile?.();
  const own = messages === undefined ? [] : ['-E', messages];
  const child = spawn(options.program, [...own, ...way.args, script.text], {
    env: toUserEnv(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    signal,
  });
  const ended = waitForExit(child, options);
  child.stdin.on('error', () => undefined);
  if (script.input !== '') child.stdin.write(script.input);
  const stop = (): void => {
    child.kill();
  };
  life.addEventListener('abort', stop, { once: true });
  const read = readOutputs(child, createMarks(key), options);
  const end = toProgramExit(tried, child, read, ended, messages);
  end.catch((error: unknown) => {
    read.output.destroy(error instanceof Error ? error : undefined);
  });
  const isRefused = Promise.allSettled([ended, end]).then(async () => {
    life.removeEventListener('abort', stop);
    if (messages === undefined) return false;
    const said = readMessages(messages);
    await rm(messages, { force: true }).catch(() => undefined);
    return isSessionRefused(said);
  });
  const gone = isRefused.then(() => undefined);
  await Promise.race([read.begun, gone]);
  if (!read.hasBegun()) {
    if (await isRefused) return 'refused';
    await end;
  }
  return { running: { input: child.stdin, output: read.output, end }, gone };
}

type SshProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Resolves when ssh has exited and its output is complete; rejects if it could not be started, or was
 * aborted.
 */
function waitForExit(child: SshProcess, { program, place }: SshHostDeps): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const isMissing = hasErrorCode(error, 'ENOENT');
      reject(isMissing ? new JobError({ kind: 'missingTool', tool: program, for: place }) : error);
    });
    child.once('close', () => resolve());
  });
  ended.catch(() => undefined);
  return ended;
}

interface SshOutputs {
  readonly output: Readable;
  readonly begun: Promise<void>;
  readonly hasBegun: () => boolean;
  /** Resolves when the output of the program is complete. */
  readonly complete: Promise<void>;
  /**
   * Resolves when its output is no longer read: after ssh exits, the last bytes may still be in the buffer.
   */
  readonly drained: Promise<void>;
  /** The exit codes reported on stdout and on stderr. */
  readonly words: { output?: string; errors?: string };
  readonly errors: () => string;
  /** The end of stderr, including the output of other programs. */
  readonly raw: () => string;
}

function readOutputs(
  child: SshProcess,
  marks: ReturnType<typeof createMarks>,
  { clock }: SshHostDeps,
): SshOutputs {
  const words: { output?: string; errors?: string } = {};
  let hasBegun = false;
  const [begun, setBegun] = createOnceSignal();
  const [outputOver, setOutputOver] = createOnceSignal();
  let raw = '';
  child.stderr.on('data', (part: Buffer) => {
    raw = (raw + part.toString('latin1')).slice(-8_192);
  });
  const output = createMarkFilter(child.stdout, marks.output, {
    onStart: () => {
      hasBegun = true;
      setBegun();
    },
    onEnd: (word) => {
      words.output = word;
      setOutputOver();
    },
  });
  // If it never starts, nothing reads it; `end` has the reason.
  output.on('error', () => undefined);
  const own = createMarkFilter(child.stderr, marks.errors, {
    onStart: () => undefined,
    onEnd: (word) => {
      words.errors = word;
    },
  });
  const errors = collectTail(own);
  const errorsOver = new Promise<void>((resolve) => {
    own.once('end', resolve).once('close', resolve);
  });
  const drained = new Promise<void>((resolve) => {
    output.once('finish', resolve).once('close', resolve);
  });
  // A login shell may have closed stderr.
  const complete = outputOver.then(() => waitUpTo(errorsOver, stderrTimeoutMs, clock));
  return { output, begun, hasBegun: () => hasBegun, complete, drained, words, errors, raw: () => raw };
}

/** A promise and the function that resolves it. */
function createOnceSignal(): readonly [Promise<void>, () => void] {
  let happen = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return [happened, () => happen()];
}

/** How the program exited. Does not wait for other programs that a login shell started. */
async function toProgramExit(
  { options, command, life }: SshAttempt,
  child: SshProcess,
  read: SshOutputs,
  ended: Promise<void>,
  messages: string | undefined,
): Promise<ProgramExit> {
  const { place, host: name } = options;
  await Promise.race([read.complete, ended.then(() => read.drained)]);
  if (life.aborted && life.reason instanceof Error) throw life.reason;
  const { output, errors } = read.words;
  const isWhole = output !== undefined || (errors !== undefined && read.output.destroyed);
  const word = isWhole ? (errors ?? output) : undefined;
  if (word !== undefined) void stopLingering(child, ended, options);
  if (word === missingProgramWord)
    throw new JobError({ kind: 'missingTool', tool: command.argv[0] ?? '', for: name });
  const code = Number.parseInt(word ?? '', 10);
  if (!Number.isNaN(code)) return { code, errors: read.errors() };
  const offline = (why: string): JobError => new JobError({ kind: 'offline', place, why });
  // From then on stderr contains the command's own messages; ssh itself exits without any.
  if (read.hasBegun()) throw offline('the connection was dropped');
  const own = messages === undefined ? read.raw() : readMessages(messages);
  if (own.trim() !== '') throw offline(parseSshError(own));
  if (child.exitCode === null || child.exitCode === sshFailureCode)
    throw offline('the connection was dropped');
  throw offline(
    `the login shell exited before the command started (exit code ${String(child.exitCode)}). Check its startup files`,
  );
}

/** The exit code of ssh itself. */
const sshFailureCode = 255;

/**
 * The output is complete: if ssh does not exit now, a program that a login shell started keeps the session
 * open.
 */
async function stopLingering(child: SshProcess, ended: Promise<void>, { clock }: SshHostDeps): Promise<void> {
  child.stdin.end();
  const isOver = ended.then(
    () => true,
    () => true,
  );
  if ((await waitUpTo(isOver, exitTimeoutMs, clock)) !== true) child.kill();
}
