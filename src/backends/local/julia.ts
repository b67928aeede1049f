import { toUserEnv } from '../../lib/userEnvironment.js';
import { pathIn } from '../../lib/node/programs.js';
import { interpreterFor } from './interpreter.js';
import { readInterpreters, type Interpreter } from './settings.js';

/** What finding Julia needs of the outside. */
export interface JuliaSearch {
  /** The program that the Julia extension is set to; empty: none. */
  readonly named: string;
  /** The user's settings. */
  readonly setting: (name: string) => unknown;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The Julia of the user: the one that the Julia extension is set to, or else the one that runs Julia scripts here.
 *
 * @throws {@link JobError} of kind `missingTool`, `badSetting`.
 */
export async function findJulia({ named, setting, env }: JuliaSearch): Promise<Interpreter> {
  if (named !== '') return { program: named, args: [] };
  const interpreters = readInterpreters(setting('local.interpreters'));
  return interpreterFor('a.jl', '', interpreters, pathIn(toUserEnv(env)));
}
