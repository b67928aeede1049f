import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, JobSubmission, JobFiles, JobControl } from '../../src/core/domain/backend.js';
import type { Script } from '../../src/core/domain/jobSpec.js';
import type { Job, JobId } from '../../src/core/domain/job.js';
import type { Clock } from '../../src/core/domain/ports.js';
import { isAbort, JobError, type JobProblem } from '../../src/core/domain/problem.js';
import type { DoubleOptions } from '../doubles/juliahub/double.js';
import { hub, type Hub } from './juliahub.js';
import { never } from './subject.js';
import type { Account } from '../../src/core/domain/account.js';

/** The longest part of a {@link hastyClock} wait, in milliseconds. */
const partMs = 20;

/**
 * The machine's time, in which waits are fifty times shorter: 30 s without a response are 0.6 s. A wait consists of short
 * parts: while this process, which also runs the server, is busy, only one part passes. So requests do not time out on a
 * slow machine.
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

/** A backend with every JuliaHub capability. */
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

/** A user's window with every JuliaHub capability. */
export function windowOf({ window }: Pick<Hub, 'window'>): Window {
  const backend = window();
  assert.ok(isWindow(backend));
  // SAFETY: all of these members are present.
  return backend as Window;
}

/**
 * Runs a test with a test server and a window, by default one with short waits; the client's protocol
 * violations must be exactly those expected.
 */
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

/** Jobs that the test server runs without a process. */
export const timeline = (name: string, text: string): Script => ({ name, text: `#!timeline\n${text}` });

/** The problem with which an operation fails. */
export async function problemOf(work: Promise<unknown>): Promise<JobProblem> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof JobError && !isAbort(error), String(error));
    return error.problem;
  }
  return assert.fail('it did not fail');
}

/** The fields of the only submission, or the last one. */
export function sentFields({ double }: Hub): Readonly<Record<string, string>> {
  const last = double.received.at(-1);
  assert.ok(last, 'something was submitted');
  return Object.fromEntries(last.fields);
}

/** Number of requests to run something. */
export const posts = ({ double }: Hub): number => double.calls('POST /juliaruncloud/submit_job');

/** Waits until a job has finished. */
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
