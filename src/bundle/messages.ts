import type { Plan } from '../core/ports.js';
import type { Problem } from '../core/problem.js';
import type { Written } from './archive.js';

/** What the packing thread is started with. `batchJobs` tells the shipped program which part to play. */
export interface ThreadData {
  readonly batchJobs: 'bundle';
  readonly folder: string;
  /** `plan`: it only looks. `pack`: it looks, then waits for a {@link WriteOrder}. */
  readonly task: 'plan' | 'pack';
}

/** Says that what was planned is to be packed, and how. */
export interface WriteOrder {
  /** The tar to write; it must not be there yet. */
  readonly to: string;
  /** Name of the one root directory in the tar. */
  readonly root: string;
}

/** What the packing thread tells. */
export type FromThread =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'progress'; readonly doneBytes: number }
  | { readonly kind: 'written'; readonly written: Written }
  | { readonly kind: 'problem'; readonly problem: Problem };
