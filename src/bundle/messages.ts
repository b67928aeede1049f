import type { FileDecision, PackPlan } from '../core/domain/ports.js';
import type { JobProblem } from '../core/domain/problem.js';
import type { WrittenTar } from './archive.js';
import type { ResolveTask } from './julia/resolveTask.js';
import type { JuliaRunResult } from './julia/parseResolution.js';

/** The input of a packing thread. `batchJobs` selects the role of the shipped program. */
export interface PackThreadData {
  readonly batchJobs: 'bundle';
  readonly folder: string;
}

/** Starts packing. */
export interface WriteTarRequest {
  /** The tar to write; it must not exist. */
  readonly to: string;
  /** Name of the one root directory in the tar. */
  readonly root: string;
}

/**
 * Messages to the packing thread: request the choices of its plan from an index on, in chunks whose size the
 * thread chooses; add Julia's result, if needed, once; then pack.
 */
export type PackThreadRequest =
  | { readonly kind: 'show'; readonly from: number }
  | { readonly kind: 'complete'; readonly outcome: JuliaRunResult }
  | { readonly kind: 'write'; readonly order: WriteTarRequest };

/** A plan, and the input for Julia if it is needed. */
export interface PlanReady<P = PackPlan> {
  readonly plan: P;
  readonly need: ResolveTask | undefined;
}

/** A finished tar; the hash of the Julia manifest in it, as 64 lowercase hex digits, where it has one. */
export type WrittenBundle = WrittenTar & { readonly lockFileSha256?: string };

/**
 * A plan without its choices, which are sent in chunks: 100,000 in one message would block the editor's
 * thread for a tenth of a second.
 */
export interface BundleSummary extends Omit<PackPlan, 'decisions'> {
  readonly count: number;
}

/** Messages from the packing thread. */
export type PackThreadResponse =
  | { readonly kind: 'plan'; readonly planned: PlanReady<BundleSummary> }
  | { readonly kind: 'completed'; readonly plan: BundleSummary }
  | { readonly kind: 'shown'; readonly choices: readonly FileDecision[] }
  | { readonly kind: 'progress'; readonly doneBytes: number }
  | { readonly kind: 'written'; readonly written: WrittenBundle }
  | { readonly kind: 'problem'; readonly problem: JobProblem };
