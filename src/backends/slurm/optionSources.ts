import { getOptionValue, parseArguments, type ScriptDirectives } from './directives.js';

/** The sources of a submission's options other than questions. */
export interface OptionSources {
  /** The script's own directives. */
  readonly script: ScriptDirectives;
  /** The variables that sbatch reads: those of the host, overridden by the job's own. */
  readonly variables: Readonly<Record<string, string>>;
  /** The user's own arguments for the command line. */
  readonly extra: readonly string[];
}

/** An option that applies if the user gave no answer. */
export interface FoundOption {
  /** Empty for an option without a value. */
  readonly value: string;
  readonly from: 'extra' | 'variable' | 'script';
  /** The variable that sets it. */
  readonly variable?: string;
}

/** The variables of options by long name. Source: sbatch(1), "INPUT ENVIRONMENT VARIABLES". */
const optionVariables: Readonly<Record<string, string>> = {
  ...{ account: 'SBATCH_ACCOUNT', array: 'SBATCH_ARRAY_INX', error: 'SBATCH_ERROR', export: 'SBATCH_EXPORT' },
  ...{ gpus: 'SBATCH_GPUS', 'gpus-per-node': 'SBATCH_GPUS_PER_NODE', gres: 'SBATCH_GRES' },
  ...{ 'job-name': 'SBATCH_JOB_NAME', mem: 'SBATCH_MEM_PER_NODE', output: 'SBATCH_OUTPUT' },
  ...{ 'mem-per-cpu': 'SBATCH_MEM_PER_CPU', 'mem-per-gpu': 'SBATCH_MEM_PER_GPU' },
  ...{ partition: 'SBATCH_PARTITION', qos: 'SBATCH_QOS', time: 'SBATCH_TIMELIMIT' },
};

/**
 * The effective value of an option, in Slurm's own order: command line, environment, script. Source:
 * docs/protocols/slurm.md, 3.1.
 */
export function findOption(
  { script, variables, extra }: OptionSources,
  name: string,
): FoundOption | undefined {
  const given = getOptionValue(parseArguments(extra), name);
  if (given !== undefined) return { value: given, from: 'extra' };
  const variable = optionVariables[name];
  const value = variable === undefined ? undefined : variables[variable];
  if (variable !== undefined && value !== undefined && value !== '')
    return { value, from: 'variable', variable };
  const own = getOptionValue(script, name);
  return own === undefined ? undefined : { value: own, from: 'script' };
}
