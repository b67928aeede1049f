import { cpus } from 'node:os';
import * as z from 'zod/mini';
import { JobError } from '../../core/domain/problem.js';

/** A program and the arguments before the script. A program without a `/` is found on the PATH. */
export interface ScriptInterpreter {
  readonly program: string;
  readonly args: readonly string[];
}

/** Interpreters by file extension in lowercase, with its dot: `.py`. */
export type InterpretersByExtension = Readonly<Record<string, ScriptInterpreter>>;

/** How many finished jobs are kept, and for how many days. Zero: unlimited. */
export interface LocalRetention {
  readonly count: number;
  readonly days: number;
}

/** The user's settings for jobs on this machine. */
export interface LocalSettings {
  /** Override {@link defaultInterpreters}. */
  readonly interpreters: InterpretersByExtension;
  /** The maximum number of concurrent jobs; at least 1. */
  readonly maxRunning: number;
  readonly retention: LocalRetention;
  /** The delay between asking a job to exit and killing it, in milliseconds; undefined: 10 s. */
  readonly graceMs?: number;
}

/** The default maximum number of concurrent jobs: one per processor. */
export const getDefaultMaxRunning = (): number => Math.max(1, cpus().length);

/** The default interpreters. */
export const defaultInterpreters: InterpretersByExtension = {
  '.jl': { program: 'julia', args: [] },
  '.py': { program: process.platform === 'win32' ? 'python' : 'python3', args: [] },
  '.r': { program: 'Rscript', args: [] },
  '.sh': { program: 'bash', args: [] },
  '.js': { program: 'node', args: [] },
  '.mjs': { program: 'node', args: [] },
  '.cjs': { program: 'node', args: [] },
};

const InterpretersShape = z.record(z.string(), z.tuple([z.string().check(z.minLength(1))], z.string()));

/**
 * Parses the setting `batchJobs.local.interpreters`: an object from file extension to an array of the program and its
 * arguments, `{ ".py": ["/opt/python/bin/python3", "-O"] }`.
 *
 * @throws {@link JobError} of kind `badSetting`.
 */
export function parseInterpreters(setting: unknown): InterpretersByExtension {
  const read = InterpretersShape.safeParse(setting ?? {});
  if (!read.success) {
    const at = read.error.issues[0]?.path[0];
    const why = `${at === undefined ? 'it' : `"${String(at)}"`} must be an array of a program and its arguments`;
    throw new JobError({ kind: 'badSetting', setting: 'batchJobs.local.interpreters', why });
  }
  return Object.fromEntries(
    Object.entries(read.data).map(([ending, [program, ...args]]) => [
      (ending.startsWith('.') ? ending : `.${ending}`).toLowerCase(),
      { program, args },
    ]),
  );
}
