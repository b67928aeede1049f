import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter } from 'node:path';
import { JobError } from '../core/domain/problem.js';
import { toUserEnv } from '../lib/userEnvironment.js';
import type { HostCommand, ProgramExit, Host } from './host.js';
import { isExcludedVariable } from './quoting.js';
import { findProgram, collectTail } from '../lib/node/programs.js';
import { hasErrorCode } from '../lib/errno.js';

/** This machine. Programs get the user's environment without the editor's variables. */
export const createLocalHost = (name: string, outer: NodeJS.ProcessEnv): Host => ({
  name,
  isRemote: false,
  start: async (command, signal) => {
    const [program = '', ...args] = command.argv;
    const env = toUserEnv(outer);
    const at = await resolveProgram(program, command, env);
    signal.throwIfAborted();
    const child = spawn(at, args, {
      env: createEnv(command, env),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      signal,
    });
    // A program that exits before it has read its input breaks the pipe; its exit code matters more.
    child.stdin.on('error', () => undefined);
    const errors = collectTail(child.stderr);
    const end = new Promise<ProgramExit>((resolve, reject) => {
      child.on('error', (error: NodeJS.ErrnoException) => {
        const isMissing = hasErrorCode(error, 'ENOENT', 'EACCES');
        reject(isMissing ? new JobError({ kind: 'missingTool', tool: program, for: name }) : error);
      });
      child.once('close', (code, ended) => {
        resolve({ code: code ?? 128 + (ended ? constants.signals[ended] : 0), errors: errors() });
      });
    });
    // Callers that read only the output receive the error there.
    end.catch((error: unknown) => {
      child.stdout.destroy(error instanceof Error ? error : undefined);
    });
    return { input: child.stdin, output: child.stdout, end };
  },
});

function createEnv(command: HostCommand, outer: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const unwanted = command.without ?? [];
  const kept = Object.entries(outer).filter(([name]) => !isExcludedVariable(name, unwanted));
  const found = command.path === undefined ? {} : { PATH: getSearchPath(command, outer) };
  return { ...Object.fromEntries(kept), ...found, ...command.env };
}

const getSearchPath = ({ path }: HostCommand, { PATH = '' }: NodeJS.ProcessEnv): string =>
  path === undefined ? PATH : [path, PATH].join(delimiter);

/** The path of a program whose own PATH variable must not affect the search; otherwise its name. */
async function resolveProgram(
  program: string,
  command: HostCommand,
  outer: NodeJS.ProcessEnv,
): Promise<string> {
  if (command.env?.['PATH'] === undefined || program.includes('/')) return program;
  return (await findProgram(program, getSearchPath(command, outer))) ?? program;
}
