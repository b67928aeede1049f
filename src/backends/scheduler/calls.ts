import type { Clock } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { Command, Host } from '../../remote/host.js';
import { run, type Ran } from '../../remote/run.js';
import type { RefusalStyle } from './refusals.js';

/** How the programs of a scheduler are run. */
export interface CommandStyle {
  /** What users call the scheduler: `Slurm`. */
  readonly title: string;
  readonly refusals: RefusalStyle;
  /** Variables of a program that only reads, so that it answers in English and UTC (default), whatever the user has set. */
  readonly asked?: Readonly<Record<string, string>>;
  /** Variables that change what is done: names, or beginnings of names that end with `*`. No program gets them. */
  readonly overriding?: readonly string[];
  /** Variables that change what is printed, likewise; programs that only read do not get them. */
  readonly misleading?: readonly string[];
  /** Variables by which a job's own environment would change its submission. They are not handed on. */
  readonly misguiding?: readonly string[];
}

/** Runs the programs of a scheduler where they are. */
export interface Calls {
  readonly place: string;
  readonly style: CommandStyle;
  readonly host: Host;
  /** Runs one that only reads: in UTC, in English, unaffected by the user's own defaults. */
  readonly ask: (
    argv: readonly string[],
    signal: AbortSignal,
    ms?: number,
    env?: Readonly<Record<string, string>>,
  ) => Promise<Ran>;
  /** Runs one that changes something, with the user's own time zone and language, which a job inherits. Never repeated. */
  readonly tell: (
    argv: readonly string[],
    signal: AbortSignal,
    env?: Readonly<Record<string, string>>,
    input?: string,
  ) => Promise<Ran>;
  /** Runs one that is none of the scheduler's, with the user's environment as it is. */
  readonly look: (argv: readonly string[], signal: AbortSignal) => Promise<Ran>;
}

/**
 * Without its controller a command of Slurm takes about 9 s until it says so, without a configuration a
 * minute; then it will not answer. Source: docs/protocols/slurm.md, 2.
 */
const askMs = 45_000;
const tellMs = 120_000;

/** @param options.bin - Where the scheduler's programs are on the host, absolute; empty: on its PATH. */
export function schedulerCalls(options: {
  readonly host: Host;
  readonly place: string;
  readonly bin: string;
  readonly clock: Clock;
  readonly style: CommandStyle;
}): Calls {
  const { host, place, bin, clock, style } = options;
  const { asked = { LC_ALL: 'C', TZ: 'UTC0' }, overriding = [], misguiding = [] } = style;
  const misleading = [...overriding, ...(style.misleading ?? [])];
  const withoutMisguiding = (env: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(env).filter(([name]) => !misguiding.includes(name)));
  const path = bin === '' ? {} : { path: bin };
  const found = async (command: Command, ms: number, signal: AbortSignal, input = ''): Promise<Ran> => {
    try {
      return await run(host, { ...command, ...path }, { input, ms, clock }, signal);
    } catch (error) {
      throw withAdvice(error, command, { place, style });
    }
  };
  return {
    place,
    style,
    host,
    ask: (argv, signal, ms = askMs, env = {}) =>
      found({ argv, env: { ...withoutMisguiding(env), ...asked }, without: misleading }, ms, signal),
    tell: (argv, signal, env = {}, input = '') =>
      found({ argv, env: withoutMisguiding(env), without: overriding }, tellMs, signal, input),
    look: (argv, signal) => found({ argv, env: { LC_ALL: 'C' } }, askMs, signal),
  };
}

/** A program that is not found may be elsewhere on the host. */
function withAdvice(
  error: unknown,
  { argv }: Command,
  { place, style: { title } }: Pick<Calls, 'place' | 'style'> & {},
): unknown {
  const [program = ''] = argv;
  if (!(error instanceof JobError) || error.problem.kind !== 'missingTool' || error.problem.tool !== program)
    return error;
  const words = `${program} not found on PATH. If ${title} is installed elsewhere, set "bin" for the connection in batchJobs.connections.`;
  return new JobError({ kind: 'refused', place, words }, { cause: error });
}
