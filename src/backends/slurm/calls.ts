import { schedulerCalls, type Calls, type CommandStyle } from '../scheduler/calls.js';
import { slurmRefusals } from './errors.js';

/**
 * Variables that keep a submission open, change its output, or send it to a cluster where its job would not be found.
 * All other variables of sbatch are defaults of the user or the site, and apply. Source: sbatch(1), "INPUT
 * ENVIRONMENT VARIABLES".
 */
export const misguiding = [
  ...['SBATCH_WAIT', 'SBATCH_CLUSTERS', 'SLURM_CLUSTERS', 'SBATCH_TEST_ONLY', 'SBATCH_PARSABLE'],
  ...['SBATCH_DEBUG', 'SBATCH_VERBOSE', 'SBATCH_QUIET'],
];

/**
 * Variables that change the action; if this runs inside a job, that job's values would be passed to the next one.
 * Source: docs/protocols/slurm.md, 2; sbatch(1), "OUTPUT ENVIRONMENT VARIABLES".
 */
const overriding = [
  ...misguiding,
  ...['SBATCH_CPU_BIND*', 'SBATCH_MEM_BIND*', 'SCANCEL_*', 'SCONTROL_*', 'SLURM_EXIT_ERROR'],
  ...['SLURM_EXPORT_ENV', 'SLURM_DEBUG*', 'SLURM_JSON', 'SLURM_YAML'],
  ...['SLURM_JOB*', 'SLURM_ARRAY_*', 'SLURM_STEP*', 'SLURM_HET_*', 'SLURM_TASK*', 'SLURM_CPU*'],
  ...['SLURM_MEM_*', 'SLURM_N*', 'SLURM_GPU*', 'SLURM_TRES_*', 'SLURM_SUBMIT_*', 'SLURM_DISTRIBUTION'],
];

/** Variables that also change the output. Source: docs/protocols/slurm.md, 2. */
const misleading = [
  ...['SQUEUE_*', 'SACCT_*', 'SACCTMGR_*', 'SINFO_*', 'SLURM_TIME_FORMAT', 'SLURM_BITSTR_LEN'],
];

const asked = { LC_ALL: 'C', TZ: 'UTC0', SLURM_TIME_FORMAT: 'standard', SLURM_BITSTR_LEN: '0' };

/** How Slurm's programs are run. A job's own variables would reach sbatch first, which would apply them. */
export const slurmCommands: CommandStyle = {
  title: 'Slurm',
  refusals: slurmRefusals,
  ...{ asked, overriding, misleading, misguiding },
};

/** Runs Slurm's programs. */
export const slurmCalls = (options: Omit<Parameters<typeof schedulerCalls>[0], 'style'>): Calls =>
  schedulerCalls({ ...options, style: slurmCommands });
