import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/remote/host.js';
import { createLocalHost } from '../../src/remote/localHost.js';
import { slurmBackend } from '../fakes/slurmBackend.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { Script } from '../../src/core/domain/jobSpec.js';
import type { Job, JobId } from '../../src/core/domain/job.js';
import { createNotice } from '../../src/core/presentation/notice.js';
import { JobError } from '../../src/core/domain/problem.js';
import { systemClock as clock } from '../../src/lib/node/systemClock.js';
import type { Cluster } from '../engines/cluster.js';
import { asRemoteUser, remoteUser } from '../engines/sshd.mjs';
import { quietLog } from './local.js';
import { never } from './subject.js';
import { listJobs } from '../fakes/backendCalls.js';

/** A connection to a cluster on this machine that records its commands and log. */
export interface Watched {
  readonly backend: Backend;
  /** The command lines that were run, arguments separated by spaces. */
  readonly ran: () => readonly string[];
  readonly noted: () => readonly string[];
  /** The names of the existing job folders. */
  readonly folders: () => readonly string[];
  readonly end: () => Promise<void>;
}

/** Options that differ between the connections of tests. */
export interface WatchedOptions {
  readonly bin?: string;
  /** True: everything runs as the ordinary user. */
  readonly isOrdinary?: boolean;
}

/** Creates a connection with separate folders. */
export async function watched(env: NodeJS.ProcessEnv, options: WatchedOptions = {}): Promise<Watched> {
  const { bin = '', isOrdinary = false } = options;
  const folder = await mkdtemp(join(tmpdir(), 'bj-slurm-test-'));
  const root = join(folder, 'jobs');
  mkdirSync(root);
  chmodSync(folder, 0o755);
  if (isOrdinary) chownSync(root, remoteUser.id, remoteUser.id);
  const ran: string[] = [];
  const noted: string[] = [];
  const note = (text: string): void => {
    noted.push(text);
  };
  const real = createLocalHost('this machine', env);
  const host: Host = {
    ...real,
    start: (command, signal) => {
      ran.push(command.argv.join(' '));
      return real.start(isOrdinary ? { ...command, argv: asRemoteUser(command.argv) } : command, signal);
    },
  };
  const backend = slurmBackend({
    connection: { id: 'slurm', kind: 'slurm', title: 'Slurm', settings: {} },
    host,
    bin,
    root,
    folder: join(folder, 'notes'),
    keepDays: () => 30,
    historyDays: () => 7,
    clock,
    log: { ...quietLog, info: note, warn: note },
  });
  return {
    backend,
    ran: () => ran,
    noted: () => noted,
    folders: () => readdirSync(root),
    end: async () => {
      backend.dispose?.();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** A bash script. */
export const sh = (text: string): Script => ({ name: 'job.sh', text: `#!/bin/bash\n${text}` });

/** The message that a user sees for a failure. */
export async function sentenceOf(doing: Promise<unknown>): Promise<string> {
  try {
    await doing;
  } catch (error) {
    if (error instanceof JobError) return createNotice(error.problem).text;
    throw error;
  }
  throw new Error('it did not fail');
}

/** One job of the list in its current state. */
export const listed = async (backend: Backend, id: JobId | string): Promise<Job | undefined> =>
  (await listJobs(backend, 1000, never)).jobs.find((job) => job.id === id);

/** The native states of a job, in the order in which lists reported them, until one matches. */
export async function statesUntil(
  backend: Backend,
  id: JobId | string,
  is: (job: Job) => boolean,
  ms = 15_000,
): Promise<{ readonly words: readonly string[]; readonly job: Job }> {
  const words: string[] = [];
  for (const giveUp = Date.now() + ms; ;) {
    const job = await listed(backend, id);
    const word = job?.state.word ?? 'absent';
    if (words.at(-1) !== word) words.push(word);
    if (job && is(job)) return { words, job };
    if (Date.now() > giveUp) throw new Error(`job ${id} was ${words.join(', ')} in ${ms / 1000} s`);
    await sleep(150);
  }
}

/** Sets how many seconds after their end the controller purges jobs. */
export async function setMinJobAge({ dir, run }: Cluster, seconds: number): Promise<void> {
  const file = join(dir, 'slurm.conf');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^MinJobAge=.*$/m, `MinJobAge=${String(seconds)}`));
  const { code, stderr } = await run(['scontrol', 'reconfigure']);
  assert.equal(code, 0, stderr);
}
