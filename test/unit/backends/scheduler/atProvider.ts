import {
  createSchedulerProvider,
  type SchedulerProviderDeps,
} from '../../../../src/backends/scheduler/provider.js';
import type { BackendProvider } from '../../../../src/core/domain/provider.js';

/** All that a further scheduler needs in addition to its dialect. */
export const createAtProvider = (deps: SchedulerProviderDeps): BackendProvider =>
  createSchedulerProvider(
    {
      kind: 'at',
      title: 'At',
      detail: 'The at daemon of this machine or of a host reachable over SSH',
      keywords: ['at', 'atd'],
      loadDialect: async () => (await import('./atDialect.js')).atDialect,
    },
    deps,
  );
