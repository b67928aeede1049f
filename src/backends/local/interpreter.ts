import { basename, extname } from 'node:path';
import { JobError } from '../../core/domain/problem.js';
import { findProgram } from '../../lib/node/programs.js';
import { defaultInterpreters, type ScriptInterpreter, type InterpretersByExtension } from './settings.js';

/**
 * The interpreter of a script by its extension, or else by the `#!` of its first line. The program is absolute and
 * exists.
 *
 * @param name - The script's name, with or without folders.
 * @param firstLine - The script's first line, or all of it.
 * @param path - The PATH of the job; undefined: none.
 * @throws {@link JobError} of kind `missingTool`, `noInterpreter`.
 */
export async function resolveInterpreter(
  name: string,
  firstLine: string,
  set: InterpretersByExtension,
  path: string | undefined,
): Promise<ScriptInterpreter> {
  const ending = extname(name).toLowerCase();
  const known =
    getOwnInterpreter(set, ending) ??
    getOwnInterpreter(defaultInterpreters, ending) ??
    parseFirstLine(firstLine);
  const script = basename(name);
  if (!known) throw new JobError({ kind: 'noInterpreter', script });
  const program = await findProgram(known.program, path);
  if (program === undefined) throw new JobError({ kind: 'missingTool', tool: known.program, for: script });
  return { program, args: known.args };
}

/** The interpreter of a script that was validated, and what it was chosen by. */
export interface ChosenInterpreter {
  /** The script's name without folders. */
  readonly script: string;
  readonly firstLine: string;
  readonly interpreter: ScriptInterpreter;
}

/** As {@link resolveInterpreter}, for later use. */
export async function chooseInterpreter(
  name: string,
  text: string,
  set: InterpretersByExtension,
  path: string | undefined,
): Promise<ChosenInterpreter> {
  const interpreter = await resolveInterpreter(name, text, set, path);
  return { script: basename(name), firstLine: takeFirstLine(text), interpreter };
}

/** Undefined: the interpreter was chosen for another script. */
export const findChosen = (
  chosen: ChosenInterpreter | undefined,
  name: string,
  text: string,
): ScriptInterpreter | undefined =>
  chosen?.script === basename(name) && chosen.firstLine === takeFirstLine(text)
    ? chosen.interpreter
    : undefined;

const takeFirstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const getOwnInterpreter = (set: InterpretersByExtension, ending: string): ScriptInterpreter | undefined =>
  Object.hasOwn(set, ending) ? set[ending] : undefined;

/**
 * `#!/usr/bin/env -S python3 -u` results in `python3` and `-u`, `#!/bin/sh -e` in `/bin/sh` and `-e`. As in the
 * kernel, everything after the program is one argument, except for `env -S`. Source: execve(2), env(1).
 */
function parseFirstLine(text: string): ScriptInterpreter | undefined {
  const [, program, rest = ''] = /^#!\s*(\S+)[ \t]*([^\r\n]*)/.exec(text) ?? [];
  if (program === undefined) return undefined;
  const one = rest.trim();
  if (basename(program) === 'env') {
    const [, split, words = ''] = /^(-S\s*|--split-string=)?(.*)$/.exec(one) ?? [];
    const [named, ...args] = split === undefined ? [words] : words.split(/\s+/);
    if (named !== undefined && /^[^-=\s][^=\s]*$/.test(named)) return { program: named, args };
  }
  // POSIX folders do not exist on Windows.
  const found = process.platform === 'win32' ? basename(program) : program;
  return { program: found, args: one === '' ? [] : [one] };
}
