import { existsSync, readFileSync } from 'node:fs';
import type { JobPaths } from '../../../src/backends/local/paths.js';
import {
  parseJobProgress,
  parseJobRecord,
  type LocalJobEnding,
  type LocalJobRecord,
  type ParsedFile,
} from '../../../src/backends/local/record.js';
import type { EditorServer } from './server.js';
import { jobNumbers, jobOnDisk } from './spool.js';
import { eventually } from './wait.js';

/** A job on disk as captured at its submission. */
export interface SubmittedJob {
  readonly number: number;
  readonly paths: JobPaths;
  readonly record: LocalJobRecord;
  /** Text of the script. */
  readonly script: string;
}

/** A finished job: its outcome, and its whole log on disk. */
export interface EndedOnDisk {
  readonly ending: LocalJobEnding;
  readonly log: string;
}

/** Runs an action that submits exactly one job, and waits until that job is complete on the server's disk. */
export async function jobSubmittedBy(
  server: EditorServer,
  act: () => Promise<void>,
  ms?: number,
): Promise<SubmittedJob> {
  const before = new Set(jobNumbers(server));
  await act();
  return eventually(
    () => {
      const fresh = jobNumbers(server).filter((number) => !before.has(number));
      if (fresh.length > 1) throw new Error(`several jobs were submitted: ${fresh.join(', ')}`);
      return fresh[0] === undefined ? undefined : submittedJob(server, fresh[0]);
    },
    () => `no job was submitted; on disk are ${[...before].join(', ')}`,
    ms,
  );
}

function submittedJob(server: EditorServer, number: number): SubmittedJob | undefined {
  const paths = jobOnDisk(server, number);
  if (!existsSync(paths.record)) return undefined;
  const record = valueOf(parseJobRecord(readFileSync(paths.record, 'utf8')));
  return { number, paths, record, script: readFileSync(paths.script, 'utf8') };
}

/** Waits until a job has finished on disk, independent of what a window shows. */
export function endOnDisk({ number, paths }: SubmittedJob, ms = 30_000): Promise<EndedOnDisk> {
  return eventually(
    () => {
      if (!existsSync(paths.state)) return undefined;
      const ending = valueOf(parseJobProgress(readFileSync(paths.state, 'utf8')));
      return ending.phase === 'ended' && { ending, log: readFileSync(paths.log, 'utf8') };
    },
    () => `job ${number} does not finish`,
    ms,
  );
}

function valueOf<T>(read: ParsedFile<T>): T {
  if ('broken' in read) throw new Error(read.broken);
  return read.value;
}
