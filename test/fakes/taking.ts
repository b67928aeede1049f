import assert from 'node:assert/strict';
import type { Backend } from '../../src/core/domain/backend.js';
import { pickJobRequest, type Bundle, type JobRequest, type Script } from '../../src/core/domain/jobSpec.js';
import { toJobId } from '../../src/core/domain/job.js';
import { backendOf, jobOf, type FakeMembers } from './jobs.js';

/** A script as the backend received it. */
export interface SentScript {
  readonly script: Script;
  readonly request: JobRequest;
}

/** A bundle as the backend received it. */
export interface SentBundle {
  readonly bundle: Bundle;
  readonly entry: string;
  readonly request: JobRequest;
}

/** A backend that accepts scripts, and what it received. The job is named `new`. */
export function takingScripts(members: FakeMembers = {}): {
  readonly backend: Backend;
  readonly sent: SentScript[];
} {
  const sent: SentScript[] = [];
  const backend = backendOf({
    jobs: [jobOf({ id: 'new' })],
    send: (spec) => {
      assert.ok(spec.kind === 'script');
      sent.push({ script: spec.script, request: pickJobRequest(spec) });
      return Promise.resolve(toJobId('new'));
    },
    ...members,
  });
  return { backend, sent };
}

/** A backend that accepts bundles, and what it received. The job is named `new`. */
export function takingBundles(members: FakeMembers = {}): {
  readonly backend: Backend;
  readonly sent: SentBundle[];
} {
  const sent: SentBundle[] = [];
  const backend = backendOf({
    jobs: [jobOf({ id: 'new' })],
    send: (spec) => {
      assert.ok(spec.kind === 'bundle');
      sent.push({ bundle: spec.bundle, entry: spec.entry, request: pickJobRequest(spec) });
      return Promise.resolve(toJobId('new'));
    },
    ...members,
    capabilities: { kinds: ['bundle'], ...members.capabilities },
  });
  return { backend, sent };
}
