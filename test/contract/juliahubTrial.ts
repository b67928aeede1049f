import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, JobSubmission, JobFiles, JobControl } from '../../src/core/domain/backend.js';
import type { Script } from '../../src/core/domain/jobSpec.js';
import type { Job, JobId } from '../../src/core/domain/job.js';
import type { Clock } from '../../src/core/domain/ports.js';
import { isAbort, JobError, type Problem } from '../../src/core/domain/problem.js';
import type { DoubleOptions } from '../doubles/juliahub/double.js';
import { hub, type Hub } from './juliahub.js';
import { never } from './subject.js';
import type { Account } from '../../src/core/domain/account.js';

/** The longest part of a wait of {@link hastyClock}, in milliseconds. */
const partMs = 20;

/**
 * The machine's time, in which waits are fifty times as short: 30 s without an answer are 0.6 s. A wait consists of short
 * parts: while this process is busy, which runs the server too, only one of them passes. So a request does not time out
 * because the machine is slow.
 */
export const hastyClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    let leftMs = ms / 50;
    do {
      await sleep(Math.min(leftMs, partMs), undefined, { signal });
      leftMs -= partMs;
    } while (leftMs > 0);
  },
};

/** A backend with all that JuliaHub can do. */
export type Window = Backend & {
  readonly submit: JobSubmission &
    Required<Pick<JobSubmission, 'applications' | 'dryRun' | 'validate' | 'previous' | 'again'>>;
  readonly control: Required<Pick<JobControl, 'cancel' | 'extend'>>;
  readonly files: Required<Pick<JobFiles, 'list' | 'read' | 'script'>>;
  readonly account: Account;
};

function isWindow({ submit, control, files, account }: Backend): boolean {
  const { applications, dryRun, validate, previous, again } = submit ?? {};
  const { cancel, extend } = control ?? {};
  const { list, read, script } = files ?? {};
  return [applications, dryRun, validate, previous, again, cancel, extend, list, read, script, account].every(
    (member) => member !== undefined,
  );
}

/** A window of a user, which can do all that JuliaHub can. */
export function windowOf({ window }: Pick<Hub, 'window'>): Window {
  const backend = window();
  assert.ok(isWindow(backend));
  // SAFETY: all of these members are there.
  return backend as Window;
}

/** Lets a test use a stand-in with a window, by default a hasty one; what the client did wrong has to be just this. */
export async function trial(
  { clock = hastyClock, ...options }: DoubleOptions & { readonly clock?: Clock },
  use: (backend: Window, place: Hub) => Promise<void>,
  violations: readonly RegExp[] = [],
): Promise<void> {
  const place = await hub(options, clock);
  try {
    await use(windowOf(place), place);
    const { violations: seen } = place.double;
    assert.equal(seen.length, violations.length, seen.join('\n'));
    for (const [index, violation] of violations.entries()) assert.match(seen[index] ?? '', violation);
  } finally {
    await place.end();
  }
}

/** What the stand-in runs without any process. */
export const timeline = (name: string, text: string): Script => ({ name, text: `#!timeline\n${text}` });

/** The problem that something fails with. */
export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof JobError && !isAbort(error), String(error));
    return error.problem;
  }
  return assert.fail('it did not fail');
}

/** The fields of the only submission, or of the last. */
export function sentFields({ double }: Hub): Readonly<Record<string, string>> {
  const last = double.received.at(-1);
  assert.ok(last, 'something was submitted');
  return Object.fromEntries(last.fields);
}

/** How often something was posted to run. */
export const posts = ({ double }: Hub): number => double.calls('POST /juliaruncloud/submit_job');

/** Waits until a job has ended. */
export async function endOf(backend: Backend, id: JobId): Promise<Job> {
  for (const giveUp = Date.now() + 15_000; ;) {
    const job = await backend.jobs.get(id, never);
    assert.ok(job, `${id} is there`);
    if (job.state.kind === 'ended') return job;
    assert.ok(Date.now() < giveUp, `${id} is ${job.state.word}`);
    await sleep(10);
  }
}

/** All bytes of a file. */
export async function bytesOf(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const part of parts) read.push(part);
  return Buffer.concat(read);
}
