import type { BackendProvider } from '../../core/domain/provider.js';
import { createSchedulerProvider, type SchedulerProviderDeps } from '../scheduler/provider.js';

/** The provider of connections to Slurm clusters. */
export const createSlurmProvider = (deps: SchedulerProviderDeps): BackendProvider =>
  createSchedulerProvider(
    {
      kind: 'slurm',
      title: 'Slurm',
      detail: 'A Slurm cluster on this machine or on a host reachable over SSH',
      keywords: ['slurm', 'sbatch'],
      loadDialect: async () => (await import('./dialect.js')).slurmDialect,
    },
    deps,
  );
