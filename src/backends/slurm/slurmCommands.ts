import { createSchedulerCalls, type SchedulerCalls, type CommandStyle } from '../scheduler/schedulerCalls.js';
import { slurmFailurePatterns } from './slurmFailures.js';

/**
 * Variables that keep a submission open, change its output, or send it to a cluster where its job would not be found.
 * All other variables of sbatch are defaults of the user or the site, and apply. Source: sbatch(1), "INPUT
 * ENVIRONMENT VARIABLES".
 */
export const submitVariables = [
  ...['SBATCH_WAIT', 'SBATCH_CLUSTERS', 'SLURM_CLUSTERS', 'SBATCH_TEST_ONLY', 'SBATCH_PARSABLE'],
  ...['SBATCH_DEBUG', 'SBATCH_VERBOSE', 'SBATCH_QUIET'],
];

/**
 * Variables that change the action; if this runs inside a job, that job's values would be passed to the next one.
 * Source: docs/protocols/slurm.md, 2; sbatch(1), "OUTPUT ENVIRONMENT VARIABLES".
 */
const behaviorVariables = [
  ...submitVariables,
  ...['SBATCH_CPU_BIND*', 'SBATCH_MEM_BIND*', 'SCANCEL_*', 'SCONTROL_*', 'SLURM_EXIT_ERROR'],
  ...['SLURM_EXPORT_ENV', 'SLURM_DEBUG*', 'SLURM_JSON', 'SLURM_YAML'],
  ...['SLURM_JOB*', 'SLURM_ARRAY_*', 'SLURM_STEP*', 'SLURM_HET_*', 'SLURM_TASK*', 'SLURM_CPU*'],
  ...['SLURM_MEM_*', 'SLURM_N*', 'SLURM_GPU*', 'SLURM_TRES_*', 'SLURM_SUBMIT_*', 'SLURM_DISTRIBUTION'],
];

/** Variables that also change the output. Source: docs/protocols/slurm.md, 2. */
const outputVariables = [
  ...['SQUEUE_*', 'SACCT_*', 'SACCTMGR_*', 'SINFO_*', 'SLURM_TIME_FORMAT', 'SLURM_BITSTR_LEN'],
];

const queryEnv = { LC_ALL: 'C', TZ: 'UTC0', SLURM_TIME_FORMAT: 'standard', SLURM_BITSTR_LEN: '0' };

/** How Slurm's programs are run. A job's own variables would reach sbatch first, which would apply them. */
export const slurmCommandStyle: CommandStyle = {
  title: 'Slurm',
  failures: slurmFailurePatterns,
  ...{
    queryEnv,
    behaviorVariables,
    outputVariables,
    submitVariables,
  },
};

/** Runs Slurm's programs. */
export const createSlurmCalls = (
  options: Omit<Parameters<typeof createSchedulerCalls>[0], 'style'>,
): SchedulerCalls => createSchedulerCalls({ ...options, style: slurmCommandStyle });
