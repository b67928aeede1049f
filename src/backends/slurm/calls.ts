import { schedulerCalls, type Calls, type CommandStyle } from '../scheduler/calls.js';
import { slurmRefusals } from './errors.js';

/**
 * They keep a submission open, have it say other things, or send it to a cluster where its job would not be found. All
 * other variables of sbatch are a user's or a site's defaults, and count. Source: sbatch(1), "INPUT ENVIRONMENT VARIABLES".
 */
export const misguiding = [
  ...['SBATCH_WAIT', 'SBATCH_CLUSTERS', 'SLURM_CLUSTERS', 'SBATCH_TEST_ONLY', 'SBATCH_PARSABLE'],
  ...['SBATCH_DEBUG', 'SBATCH_VERBOSE', 'SBATCH_QUIET'],
];

/**
 * They change what is done; where this runs within a job, what that job has would be handed on to the next one. Source:
 * docs/protocols/slurm.md, 2; sbatch(1), "OUTPUT ENVIRONMENT VARIABLES".
 */
const overriding = [
  ...misguiding,
  ...['SBATCH_CPU_BIND*', 'SBATCH_MEM_BIND*', 'SCANCEL_*', 'SCONTROL_*', 'SLURM_EXIT_ERROR'],
  ...['SLURM_EXPORT_ENV', 'SLURM_DEBUG*', 'SLURM_JSON', 'SLURM_YAML'],
  ...['SLURM_JOB*', 'SLURM_ARRAY_*', 'SLURM_STEP*', 'SLURM_HET_*', 'SLURM_TASK*', 'SLURM_CPU*'],
  ...['SLURM_MEM_*', 'SLURM_N*', 'SLURM_GPU*', 'SLURM_TRES_*', 'SLURM_SUBMIT_*', 'SLURM_DISTRIBUTION'],
];

/** Variables that besides change what is printed. Source: docs/protocols/slurm.md, 2. */
const misleading = [
  ...['SQUEUE_*', 'SACCT_*', 'SACCTMGR_*', 'SINFO_*', 'SLURM_TIME_FORMAT', 'SLURM_BITSTR_LEN'],
];

const asked = { LC_ALL: 'C', TZ: 'UTC0', SLURM_TIME_FORMAT: 'standard', SLURM_BITSTR_LEN: '0' };

/** How Slurm's programs are run. A job's own variables reach sbatch first, which would obey them. */
export const slurmCommands: CommandStyle = {
  title: 'Slurm',
  refusals: slurmRefusals,
  ...{ asked, overriding, misleading, misguiding },
};

/** Runs Slurm's programs. */
export const slurmCalls = (options: Omit<Parameters<typeof schedulerCalls>[0], 'style'>): Calls =>
  schedulerCalls({ ...options, style: slurmCommands });
