import { createSchedulerBackend, type SchedulerBackendDeps } from '../../src/backends/scheduler/backend.js';
import { slurmDialect } from '../../src/backends/slurm/dialect.js';
import type { Backend } from '../../src/core/domain/backend.js';

/** A backend for Slurm, as its provider creates it. */
export const slurmBackend = (options: SchedulerBackendDeps): Backend =>
  createSchedulerBackend(options, slurmDialect);
