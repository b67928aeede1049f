import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { HostFileSystem } from '../../../src/remote/hostFiles.js';
import type { Host } from '../../../src/remote/host.js';
import { createLocalHost } from '../../../src/remote/localHost.js';
import type { Log } from '../../../src/core/domain/ports.js';
import { JobError, type JobProblem } from '../../../src/core/domain/problem.js';
import { systemClock as clock } from '../../../src/lib/node/systemClock.js';

/** A signal that is never aborted. */
export const never = new AbortController().signal;

/** This machine, which its callers treat as a remote host. */
export const remote = (env: NodeJS.ProcessEnv = process.env): Host => ({
  ...createLocalHost('alpha', env),
  isRemote: true,
});

/** The files of a host with the real clock. */
export const filesOf = (host: Host): HostFileSystem => ({ host, clock, place: 'Alpha' });

/** The problem with which an operation fails. */
export async function problemOf(promise: Promise<unknown>): Promise<JobProblem> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof JobError) return error.problem;
    throw error;
  }
  throw new Error('it did not reject');
}

/** A log that stores its lines. */
export function keptLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (text: string): void => {
    lines.push(text);
  };
  return { log: { info: keep, warn: keep, error: keep }, lines };
}

/** Runs a callback with a temporary folder, which is removed afterwards. */
export async function inTemp<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bj-test-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Polls until a condition is met. */
export async function until(isSo: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('the condition was never met');
    await clock.sleep(10, never);
  }
}

/** A tar with these files in its one root folder. */
export function packed(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(files))
    tar.entry({ name: `root/${name}`, mtime: new Date(0) }, text);
  tar.finalize();
  return buffer(tar);
}
