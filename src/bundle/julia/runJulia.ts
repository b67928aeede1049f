import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration } from '../../core/presentation/formatting.js';
import { toUserEnv } from '../../lib/userEnvironment.js';
import { describeError } from '../../lib/errno.js';
import { collectScript } from './collectScript.js';
import type { ResolveTask } from './resolveTask.js';
import type { JuliaRunResult } from './parseResolution.js';
import { createAbortError } from '../../lib/abort.js';

/** A Julia program. */
export interface JuliaProgram {
  readonly program: string;
  /** Arguments before all others. */
  readonly args: readonly string[];
}

/** The options for running Julia. */
export interface RunJuliaDeps {
  /** Finds Julia; undefined, or a rejection: there is none. Called on each use. */
  readonly julia?: () => Promise<JuliaProgram | undefined>;
  /** The environment variables of its process; those of this process by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** The timeout in milliseconds; ten minutes by default, since it may have to download packages. */
  readonly juliaMs?: number;
}

const defaultJuliaMs = 600_000;

/**
 * Runs Julia in a copy of an environment. Julia may download packages into its depot, but does not change the
 * user's project.
 *
 * @param folder - The folder to create for the copy; it is deleted afterwards.
 * @param signal - Kills Julia and its child processes; rejects with an AbortError.
 */
export async function runJulia(
  need: ResolveTask,
  options: RunJuliaDeps,
  folder: string,
  signal: AbortSignal,
): Promise<JuliaRunResult> {
  const julia = await options.julia?.().catch(() => undefined);
  signal.throwIfAborted();
  if (!julia) return { kind: 'absent' };
  try {
    await mkdir(folder);
    const copy = await realpath(folder);
    const [script, report] = [join(copy, 'collect.jl'), join(copy, 'report')];
    const project = join(copy, 'project');
    await mkdir(project);
    await writeFile(script, collectScript);
    for (const [name, text] of Object.entries(need.copy)) await writeFile(join(project, name), text);
    const own = ['--startup-file=no', '--color=no', `--project=${project}`];
    const what: ProgramRun = {
      program: julia.program,
      args: [...julia.args, ...own, script, report, ...need.artifacts],
      folder: project,
      env: createJuliaEnv(options.env ?? process.env),
      limitMs: options.juliaMs ?? defaultJuliaMs,
      words: join(copy, 'words'),
    };
    const why = await runProgram(what, signal);
    if (why !== undefined) return { kind: 'failed', why };
    // If the report is missing, parsing it fails.
    return { kind: 'done', report: await readFile(report, 'utf8').catch(() => ''), folder: project };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failed', why: describeError(error) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/** Removes variables that select another project, and disables unnecessary work. */
const createJuliaEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...toUserEnv(env),
  JULIA_PROJECT: undefined,
  JULIA_LOAD_PATH: undefined,
  JULIA_PKG_PRECOMPILE_AUTO: '0',
  JULIA_PKG_GC_AUTO: 'false',
});

/** A program to run. */
interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly limitMs: number;
  /** The file for its standard error. */
  readonly words: string;
}

/**
 * Runs a program until it exits. Returns why it failed, as a phrase, or undefined. Rejects with an
 * AbortError.
 */
async function runProgram(what: ProgramRun, signal: AbortSignal): Promise<string | undefined> {
  const words = await open(what.words, 'w');
  try {
    const child = spawn(what.program, what.args, {
      cwd: what.folder,
      env: what.env,
      // Its own process group, so that its child processes can be killed.
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'ignore', words.fd],
      windowsHide: true,
    });
    const how = await waitForEnd(child, what.limitMs, signal);
    if (how === undefined) return `timed out after ${formatDuration(what.limitMs)}`;
    return how === 0 ? undefined : formatFailure(await readFile(what.words, 'utf8'), how);
  } finally {
    await words.close();
  }
}

/** The exit code or signal of a process; undefined if it was killed because of the timeout. */
function waitForEnd(
  child: ChildProcess,
  limitMs: number,
  signal: AbortSignal,
): Promise<number | string | undefined> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      killGroup(child);
    };
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, limitMs);
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      process.off('exit', end);
    };
    signal.addEventListener('abort', end, { once: true });
    process.on('exit', end);
    child.once('error', (error) => {
      over();
      reject(error);
    });
    child.once('exit', (code, killed) => {
      over();
      if (signal.aborted) reject(createAbortError('The bundle was cancelled.'));
      else resolve(isLate ? undefined : (code ?? killed ?? 'no code'));
    });
  });
}

/** Julia's error message, or the exit code or signal. */
function formatFailure(words: string, how: number | string): string {
  const line = words.split('\n').find((one) => one.startsWith('ERROR:'));
  return line?.slice('ERROR:'.length).trim() ?? `exited with ${String(how)}`;
}

function killGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true, stdio: 'ignore' }).on(
      'error',
      () => child.kill(),
    );
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has already exited.
  }
}
