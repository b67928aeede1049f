import type { Backend } from '../../core/domain/backend.js';
import { schedulerBackend, type SchedulerOptions } from '../scheduler/backend.js';
import { slurmDialect } from './dialect.js';

/** What a connection to a Slurm cluster is made from. */
export type SlurmOptions = Omit<SchedulerOptions, 'keepSetting'>;

/** Jobs on a Slurm cluster, by Slurm's own commands. Source of all that they are asked: docs/protocols/slurm.md. */
export const slurmBackend = (options: SlurmOptions): Backend =>
  schedulerBackend({ ...options, keepSetting: 'batchJobs.slurm.keepDays' }, slurmDialect);
