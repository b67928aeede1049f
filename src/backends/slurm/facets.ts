import { createPollInterval, type Capabilities } from '../../core/domain/capabilities.js';
import type { JobControl } from '../../core/domain/backend.js';
import type { JobId } from '../../core/domain/job.js';
import { requestOf, type JobSpec, type Report } from '../../core/domain/jobSpec.js';
import {
  createCancelQueuedAction,
  createHoldAction,
  createReleaseAction,
  createRequeueAction,
} from '../../core/presentation/queueActions.js';
import type { Say } from '../../lib/say.js';
import { unreachable } from '../../lib/unreachable.js';
import type { Control } from './control.js';
import type { Submitting } from './submitting.js';

/** What a submission to Slurm may carry. */
export const capabilities: Capabilities = {
  kinds: ['script', 'bundle'],
  args: true,
  env: true,
  timeLimit: { mayBeNone: true, recall: 'ask' },
  language: { id: 'julia' },
  // Source: docs/protocols/slurm.md, 0 (9): the daemons are not to be asked all the time.
  pollInterval: createPollInterval(10_000, 60_000),
};

/** Changing jobs on Slurm, and what only a scheduler can do with them. */
export const createControl = (
  control: Control,
  deleteJob: NonNullable<JobControl['delete']>,
  say: Say,
): JobControl => ({
  cancel: (id, signal) => control.cancel(id, signal),
  extend: control.extend,
  delete: deleteJob,
  actions: [
    createHoldAction(({ id }, signal) => control.hold(id, signal), say),
    createReleaseAction(({ id }, signal) => control.release(id, signal), say),
    createRequeueAction(({ id }, signal) => control.requeue(id, signal), say),
    createCancelQueuedAction(({ id }, signal) => control.cancel(id, signal, 'queued'), say),
  ],
});

/** Submits what Slurm takes: scripts and folders. */
export async function sendSpec(
  work: Pick<Submitting, 'submitScript' | 'submitBundle'>,
  spec: JobSpec,
  signal: AbortSignal,
  onProgress: Report | undefined,
): Promise<JobId> {
  const request = requestOf(spec);
  switch (spec.kind) {
    case 'script':
      return work.submitScript(spec.script, request, signal);
    case 'bundle':
      return work.submitBundle(spec.bundle, spec.entry, request, signal, onProgress);
    case 'application':
    case 'command':
      throw new RangeError(`Slurm takes no ${spec.kind}.`);
    default:
      return unreachable(spec);
  }
}
