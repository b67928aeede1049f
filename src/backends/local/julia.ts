import { toUserEnv } from '../../lib/userEnvironment.js';
import { getPathVariable } from '../../lib/node/programs.js';
import { resolveInterpreter } from './interpreter.js';
import { parseInterpreters, type ScriptInterpreter } from './settings.js';

/** Dependencies of finding Julia. */
export interface FindJuliaDeps {
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
export async function findJulia({ named, setting, env }: FindJuliaDeps): Promise<ScriptInterpreter> {
  if (named !== '') return { program: named, args: [] };
  const interpreters = parseInterpreters(setting('local.interpreters'));
  return resolveInterpreter('a.jl', '', interpreters, getPathVariable(toUserEnv(env)));
}
