import { toUserEnv } from '../../lib/userEnvironment.js';
import { pathIn } from '../../lib/node/programs.js';
import { interpreterFor } from './interpreter.js';
import { readInterpreters, type Interpreter } from './settings.js';

/** Dependencies of finding Julia. */
export interface JuliaSearch {
  /** The program set in the Julia extension; empty: none. */
  readonly named: string;
  /** The user's settings. */
  readonly setting: (name: string) => unknown;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The user's Julia: the one set in the Julia extension, or else the interpreter of Julia scripts.
 *
 * @throws {@link JobError} of kind `missingTool`, `badSetting`.
 */
export async function findJulia({ named, setting, env }: JuliaSearch): Promise<Interpreter> {
  if (named !== '') return { program: named, args: [] };
  const interpreters = readInterpreters(setting('local.interpreters'));
  return interpreterFor('a.jl', '', interpreters, pathIn(toUserEnv(env)));
}
