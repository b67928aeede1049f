import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getJobPaths, getSpoolPaths, type JobPaths } from '../../../src/backends/local/paths.js';
import {
  parseJobRecord,
  type LocalJobEnding,
  type LocalJobRecord,
} from '../../../src/backends/local/record.js';
import type { EditorServer } from './server.js';

const extensionId = 'batch-jobs.batch-jobs';

/** A finished job to write to disk. */
export interface EndedJob {
  readonly name: string;
  readonly outcome?: LocalJobEnding['outcome'];
  readonly log?: string | Uint8Array;
  /** Text of the script; its name is the job's name unless `scriptName` is set. */
  readonly script?: string;
  readonly scriptName?: string;
  /** The result's value. */
  readonly results?: string;
  /** Result files by name. */
  readonly resultFiles?: Readonly<Record<string, string | Uint8Array>>;
  /** Files it left in its working folder. */
  readonly outputs?: Readonly<Record<string, string | Uint8Array>>;
  /** End time in milliseconds since 1970; default: a minute ago. It ran for a second. */
  readonly ended?: number;
}

/** The folder of a connection's jobs on a server's disk. */
export const spoolOf = (server: EditorServer, connection = 'local'): ReturnType<typeof getSpoolPaths> =>
  getSpoolPaths(join(server.storageOf(extensionId), 'local', connection));

/** The folders of a job's parts on a server's disk. */
export const jobOnDisk = (server: EditorServer, id: string | number, connection = 'local'): JobPaths =>
  getJobPaths(join(spoolOf(server, connection).jobs, String(id)));

/** The numbers of the jobs on a server's disk, oldest first. */
export function jobNumbers(server: EditorServer, connection = 'local'): readonly number[] {
  const { jobs } = spoolOf(server, connection);
  if (!existsSync(jobs)) return [];
  return readdirSync(jobs)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The name of a job on a server's disk; undefined: it is being submitted. */
export function jobName(server: EditorServer, id: string | number): string | undefined {
  const { record } = jobOnDisk(server, id);
  const read = existsSync(record) ? parseJobRecord(readFileSync(record, 'utf8')) : undefined;
  return read && 'value' in read ? read.value.name : undefined;
}

/** The text of a job's log on disk. */
export const logOnDisk = (server: EditorServer, id: string | number): string =>
  readFileSync(jobOnDisk(server, id).log, 'utf8');

/**
 * Writes a finished job to a server's disk as the last submitted one, in the extension's own format, and
 * notifies watchers.
 *
 * @returns its number
 */
export function putEndedJob(server: EditorServer, job: EndedJob): number {
  const number = (jobNumbers(server).at(-1) ?? 0) + 1;
  const paths = jobOnDisk(server, number);
  const { outcome = 'completed', ended = Date.now() - 60_000 } = job;
  const script = job.scriptName ?? job.name;
  const record: LocalJobRecord = {
    version: 1,
    name: job.name,
    work: 'script',
    script,
    args: [],
    env: {},
    options: {},
    submitted: ended - 1_500,
    program: '/bin/bash',
    programArgs: [],
    graceMs: 1_000,
  };
  const failed = outcome === 'failed';
  const state: LocalJobEnding = {
    phase: 'ended',
    outcome,
    word: { completed: 'Completed', failed: 'Failed', stopped: 'Stopped' }[outcome],
    started: ended - 1_000,
    ended,
    ...(outcome === 'stopped' ? { signal: 'SIGTERM' } : { code: failed ? 1 : 0 }),
    ...(failed ? { reason: 'exit 1' } : {}),
  };
  put(paths.script, job.script ?? 'true\n');
  put(paths.log, job.log ?? `${job.name} said this\n`);
  put(join(paths.work, script), job.script ?? 'true\n');
  if (job.results !== undefined) put(paths.summary, job.results);
  for (const [name, content] of Object.entries(job.resultFiles ?? {}))
    put(join(paths.results, name), content);
  for (const [name, content] of Object.entries(job.outputs ?? {})) put(join(paths.work, name), content);
  put(paths.state, JSON.stringify(state));
  // Last: a folder without it is an unfinished submission.
  put(paths.record, JSON.stringify(record));
  put(spoolOf(server).changed, String(number));
  return number;
}

function put(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, content);
}
