import type { Choice, Plan } from '../core/domain/ports.js';
import type { Problem } from '../core/domain/problem.js';
import type { Written } from './archive.js';
import type { Need } from './julia/need.js';
import type { Outcome } from './julia/report.js';

/** The input of a packing thread. `batchJobs` selects the role of the shipped program. */
export interface ThreadData {
  readonly batchJobs: 'bundle';
  readonly folder: string;
}

/** Starts packing. */
export interface WriteOrder {
  /** The tar to write; it must not exist. */
  readonly to: string;
  /** Name of the one root directory in the tar. */
  readonly root: string;
}

/**
 * Messages to the packing thread: request the choices of its plan from an index on, in chunks whose size the
 * thread chooses; add Julia's result, if needed, once; then pack.
 */
export type ToThread =
  | { readonly kind: 'show'; readonly from: number }
  | { readonly kind: 'complete'; readonly outcome: Outcome }
  | { readonly kind: 'write'; readonly order: WriteOrder };

/** A plan, and the input for Julia if it is needed. */
export interface Planned<P = Plan> {
  readonly plan: P;
  readonly need: Need | undefined;
}

/** A finished tar; the hash of the Julia manifest in it, as 64 lowercase hex digits, where it has one. */
export type WrittenBundle = Written & { readonly lockFileSha256?: string };

/**
 * A plan without its choices, which are sent in chunks: 100,000 in one message would block the editor's
 * thread for a tenth of a second.
 */
export interface Outline extends Omit<Plan, 'choices'> {
  readonly count: number;
}

/** Messages from the packing thread. */
export type FromThread =
  | { readonly kind: 'plan'; readonly planned: Planned<Outline> }
  | { readonly kind: 'completed'; readonly plan: Outline }
  | { readonly kind: 'shown'; readonly choices: readonly Choice[] }
  | { readonly kind: 'progress'; readonly doneBytes: number }
  | { readonly kind: 'written'; readonly written: WrittenBundle }
  | { readonly kind: 'problem'; readonly problem: Problem };
