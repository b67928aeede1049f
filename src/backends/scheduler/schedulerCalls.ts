import type { Clock } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { HostCommand, Host } from '../../remote/host.js';
import { runOnHost, type RunResult } from '../../remote/runOnHost.js';
import type { CommandFailurePatterns } from './commandFailures.js';

/** How the programs of a scheduler are run. */
export interface CommandStyle {
  /** The name of the scheduler in messages: `Slurm`. */
  readonly title: string;
  readonly failures: CommandFailurePatterns;
  /**
   * Variables for programs that only read, so that they print English and UTC (the default) whatever the user has
   * set.
   */
  readonly queryEnv?: Readonly<Record<string, string>>;
  /** Variables that change the action: names, or prefixes that end with `*`. No program receives them. */
  readonly behaviorVariables?: readonly string[];
  /** Variables that change the output, likewise; programs that only read do not receive them. */
  readonly outputVariables?: readonly string[];
  /** Variables by which a job's own environment would change its submission. They are not passed on. */
  readonly submitVariables?: readonly string[];
}

/** Runs the programs of a scheduler on its host. */
export interface SchedulerCalls {
  readonly place: string;
  readonly style: CommandStyle;
  readonly host: Host;
  /** Runs a program that only reads: in UTC, in English, without the user's own defaults. */
  readonly query: (
    argv: readonly string[],
    signal: AbortSignal,
    ms?: number,
    env?: Readonly<Record<string, string>>,
  ) => Promise<RunResult>;
  /**
   * Runs a program that changes something, with the user's time zone and language, which a job inherits. Never
   * repeated.
   */
  readonly execute: (
    argv: readonly string[],
    signal: AbortSignal,
    env?: Readonly<Record<string, string>>,
    input?: string,
  ) => Promise<RunResult>;
  /** Runs a program that is not the scheduler's, with the user's environment unchanged. */
  readonly runPlain: (argv: readonly string[], signal: AbortSignal) => Promise<RunResult>;
}

/**
 * The time limit of a command, in milliseconds. Without its controller a Slurm command fails after about 9 s, without
 * a configuration after a minute. Source: docs/protocols/slurm.md, 2.
 */
const queryTimeoutMs = 45_000;
const executeTimeoutMs = 120_000;

/** @param options.bin - The folder of the scheduler's programs on the host, absolute; empty for its PATH. */
export function createSchedulerCalls(options: {
  readonly host: Host;
  readonly place: string;
  readonly bin: string;
  readonly clock: Clock;
  readonly style: CommandStyle;
}): SchedulerCalls {
  const { host, place, bin, clock, style } = options;
  const {
    queryEnv: asked = { LC_ALL: 'C', TZ: 'UTC0' },
    behaviorVariables: overriding = [],
    submitVariables: misguiding = [],
  } = style;
  const misleading = [...overriding, ...(style.outputVariables ?? [])];
  const withoutMisguiding = (env: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(env).filter(([name]) => !misguiding.includes(name)));
  const path = bin === '' ? {} : { path: bin };
  const runChecked = async (
    command: HostCommand,
    ms: number,
    signal: AbortSignal,
    input = '',
  ): Promise<RunResult> => {
    try {
      return await runOnHost(host, { ...command, ...path }, { input, ms, clock }, signal);
    } catch (error) {
      throw addPathAdvice(error, command, { place, style });
    }
  };
  return {
    place,
    style,
    host,
    query: (argv, signal, ms = queryTimeoutMs, env = {}) =>
      runChecked({ argv, env: { ...withoutMisguiding(env), ...asked }, without: misleading }, ms, signal),
    execute: (argv, signal, env = {}, input = '') =>
      runChecked({ argv, env: withoutMisguiding(env), without: overriding }, executeTimeoutMs, signal, input),
    runPlain: (argv, signal) => runChecked({ argv, env: { LC_ALL: 'C' } }, queryTimeoutMs, signal),
  };
}

/** A program that is not found can be elsewhere on the host. */
function addPathAdvice(
  error: unknown,
  { argv }: HostCommand,
  { place, style: { title } }: Pick<SchedulerCalls, 'place' | 'style'> & {},
): unknown {
  const [program = ''] = argv;
  if (!(error instanceof JobError) || error.problem.kind !== 'missingTool' || error.problem.tool !== program)
    return error;
  const words = `${program} not found on PATH. If ${title} is installed elsewhere, set "bin" for the connection in batchJobs.connections.`;
  return new JobError({ kind: 'refused', place, words }, { cause: error });
}
