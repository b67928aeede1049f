import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter } from 'node:path';
import { JobError } from '../../core/problem.js';
import type { Command, Ended, Host } from './host.js';
import { isUnwanted } from './quoting.js';
import { lastOf } from './lastOf.js';

/** What belongs to the editor and not to the programs it starts. */
const editorsOwn = ['VSCODE_*', 'ELECTRON_*', 'BATCH_JOBS_*'];

/** This machine. Programs get the user's environment, without what belongs to the editor. */
export const localHost = (name: string, env: NodeJS.ProcessEnv): Host => ({
  name,
  isRemote: false,
  start: (command, signal) => {
    signal.throwIfAborted();
    const [program = '', ...args] = command.argv;
    const child = spawn(program, args, {
      env: envOf(command, env),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      signal,
    });
    // A program that does not read to the end breaks the pipe; how it ended says more.
    child.stdin.on('error', () => undefined);
    const errors = lastOf(child.stderr);
    const end = new Promise<Ended>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        const isMissing = error.code === 'ENOENT' || error.code === 'EACCES';
        reject(isMissing ? new JobError({ kind: 'missingTool', tool: program, for: name }) : error);
      });
      child.once('close', (code, ended) => {
        resolve({ code: code ?? 128 + (ended ? constants.signals[ended] : 0), errors: errors() });
      });
    });
    // Whoever reads only the output still hears of it there.
    end.catch((error: unknown) => {
      child.stdout.destroy(error instanceof Error ? error : undefined);
    });
    return Promise.resolve({ input: child.stdin, output: child.stdout, end });
  },
});

function envOf({ env = {}, without = [], path }: Command, outer: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const unwanted = [...editorsOwn, ...without];
  const kept = Object.fromEntries(Object.entries(outer).filter(([name]) => !isUnwanted(name, unwanted)));
  const found = path === undefined ? {} : { PATH: [path, kept['PATH'] ?? ''].join(delimiter) };
  return { ...kept, ...found, ...env };
}
