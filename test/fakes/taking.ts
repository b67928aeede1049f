import type { Backend, Bundle, Request, Script } from '../../src/core/domain/backend.js';
import { asJobId } from '../../src/core/domain/job.js';
import { backendOf, jobOf } from './jobs.js';

/** A script as a backend was sent it. */
export interface SentScript {
  readonly script: Script;
  readonly request: Request;
}

/** A bundle as a backend was sent it. */
export interface SentBundle {
  readonly bundle: Bundle;
  readonly entry: string;
  readonly request: Request;
}

/** A backend that takes scripts, and what it was sent. The job is called `new`. */
export function takingScripts(members: Partial<Backend> = {}): {
  readonly backend: Backend;
  readonly sent: SentScript[];
} {
  const sent: SentScript[] = [];
  const backend = backendOf({
    jobs: [jobOf({ id: 'new' })],
    submitScript: (script, request) => {
      sent.push({ script, request });
      return Promise.resolve(asJobId('new'));
    },
    ...members,
  });
  return { backend, sent };
}

/** A backend that takes bundles, and what it was sent. The job is called `new`. */
export function takingBundles(members: Partial<Backend> = {}): {
  readonly backend: Backend;
  readonly sent: SentBundle[];
} {
  const sent: SentBundle[] = [];
  const backend = backendOf({
    jobs: [jobOf({ id: 'new' })],
    submitBundle: (bundle, entry, request) => {
      sent.push({ bundle, entry, request });
      return Promise.resolve(asJobId('new'));
    },
    ...members,
  });
  return { backend, sent };
}
