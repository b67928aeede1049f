import type { BackendProvider } from '../core/domain/provider.js';
import { createJuliaHubProvider, type JuliaHubProviderDeps } from './juliahub/provider.js';
import { createLocalProvider, type LocalProviderDeps } from './local/provider.js';
import type { SchedulerProviderDeps } from './scheduler/provider.js';
import { createSlurmProvider } from './slurm/provider.js';

/** What the providers need of the outside. */
export interface ProviderDeps extends LocalProviderDeps, JuliaHubProviderDeps, SchedulerProviderDeps {}

/** All providers, in the order in which they are offered. Their descriptions need nothing of `deps`. */
export const createProviders = (deps: ProviderDeps): readonly BackendProvider[] => [
  createLocalProvider(deps),
  createJuliaHubProvider(deps),
  createSlurmProvider(deps),
];
