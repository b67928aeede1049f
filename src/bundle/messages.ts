import type { Choice, Plan } from '../core/domain/ports.js';
import type { Problem } from '../core/domain/problem.js';
import type { Written } from './archive.js';
import type { Need } from './julia/need.js';
import type { Outcome } from './julia/report.js';

/** What the packing thread is started with. `batchJobs` tells the shipped program which part to play. */
export interface ThreadData {
  readonly batchJobs: 'bundle';
  readonly folder: string;
}

/** Says that what was planned is to be packed, and how. */
export interface WriteOrder {
  /** The tar to write; it must not be there yet. */
  readonly to: string;
  /** Name of the one root directory in the tar. */
  readonly root: string;
}

/**
 * What the packing thread is told: to give the choices of its plan from one on, as many as it likes; once what julia
 * found, where that was needed; and then how to pack.
 */
export type ToThread =
  | { readonly kind: 'show'; readonly from: number }
  | { readonly kind: 'complete'; readonly outcome: Outcome }
  | { readonly kind: 'write'; readonly order: WriteOrder };

/** A plan, and what only julia can find out for it. */
export interface Planned<P = Plan> {
  readonly plan: P;
  readonly need: Need | undefined;
}

/** A finished tar; the hash of the Julia manifest in it, as 64 lowercase hex digits, where it has one. */
export type WrittenBundle = Written & { readonly lockFileSha256?: string };

/**
 * A plan without its choices, which are shown piece by piece: 100 000 at once would keep the editor's thread busy for a
 * tenth of a second.
 */
export interface Outline extends Omit<Plan, 'choices'> {
  readonly count: number;
}

/** What the packing thread tells. */
export type FromThread =
  | { readonly kind: 'plan'; readonly planned: Planned<Outline> }
  | { readonly kind: 'completed'; readonly plan: Outline }
  | { readonly kind: 'shown'; readonly choices: readonly Choice[] }
  | { readonly kind: 'progress'; readonly doneBytes: number }
  | { readonly kind: 'written'; readonly written: WrittenBundle }
  | { readonly kind: 'problem'; readonly problem: Problem };
