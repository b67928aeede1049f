import type { JobFiles } from '../../core/domain/backend.js';
import type { Script } from '../../core/domain/jobSpec.js';
import { toNamePath } from '../../lib/byteNames.js';
import type { JobFile, JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import { fetchFile } from '../../remote/fetchFile.js';
import {
  listFilesRecursive,
  listModifiedFiles,
  readTextFile,
  type HostFileSystem,
} from '../../remote/hostFiles.js';
import type { SchedulerCalls } from './schedulerCalls.js';
import type { ScriptDialect } from './dialect.js';
import { parseCommandFailure, toJobError } from './commandFailures.js';
import { batchFileName } from './submit/submission.js';

/** The location of a job's files. */
export type JobLocation = OwnJobLocation | ExternalJobLocation;

/** A job that was submitted by the extension. */
interface OwnJobLocation {
  readonly folder: string;
  readonly name: string;
  /** The submitted script, relative to the working directory. */
  readonly script: string | undefined;
}

/** A job that was submitted by hand or by another program. */
export interface ExternalJobLocation {
  /** The working directory. */
  readonly workDir: string;
  readonly name: string;
  /** The ID under which the scheduler has the script. */
  readonly id: string;
  /** The script's name; undefined if it has none. */
  readonly script: string | undefined;
  /** The start and the end; undefined if it has not started or ended. */
  readonly start: Date | undefined;
  readonly end: Date | undefined;
}

interface SchedulerJobFiles {
  readonly list: (id: JobId, signal: AbortSignal) => Promise<readonly JobFile[]>;
  readonly read: NonNullable<JobFiles['read']>;
  readonly readScript: NonNullable<JobFiles['script']>;
}

/** The maximum size of a script that is shown, in bytes. */
const maxScriptBytes = 4 * 1024 * 1024;

/** A job's last output can reach the disk after its end, and clocks differ: the tolerance, in milliseconds. */
const clockToleranceMs = 120_000;

/** Dependencies of reading the files of jobs. */
export interface SchedulerFilesDeps {
  readonly files: HostFileSystem;
  readonly calls: SchedulerCalls;
  /** True for the names of log files in a job's folder. */
  readonly isLog: (name: string) => boolean;
  readonly scripts: ScriptDialect | undefined;
  readonly findLocation: (id: JobId, signal: AbortSignal) => Promise<JobLocation | undefined>;
  /** Called when the user has opened a result file of a job in this folder. */
  readonly markSeen: (id: JobId, folder: string) => Promise<void>;
}

/**
 * The files in a job's folder: inputs, outputs and the log. Jobs that were submitted by hand have no such folder:
 * their files are those written below the working directory while they ran, and the script from the controller.
 * Throws {@link JobError} of kind `gone`, `refused`, `offline`, `damaged`.
 */
export function createJobFiles(parts: SchedulerFilesDeps): SchedulerJobFiles {
  const { files, findLocation: placeOf, markSeen } = parts;
  const here = async (id: JobId, signal: AbortSignal): Promise<JobLocation> => {
    const place = await placeOf(id, signal);
    if (!place) throw new JobError({ kind: 'gone', name: id });
    return place;
  };
  return {
    list: async (id, signal) => {
      const place = await placeOf(id, signal);
      if (!place) return [];
      const found =
        'folder' in place
          ? await listOwnFiles(parts, place, signal)
          : await listExternalFiles(parts, place, signal);
      return [...found].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: async function* (id, file, signal) {
      const place = await here(id, signal);
      if (file.name.split('/').includes('..')) throw new JobError({ kind: 'unsafeName', name: file.name });
      yield* fetchFile(
        files,
        `${toNamePath(getFileFolder(place, file))}/${file.name}`,
        { name: file.name, bytes: file.bytes ?? Number.MAX_SAFE_INTEGER },
        signal,
      );
      // The caller does not wait for this.
      if (file.kind === 'output' && 'folder' in place) void markSeen(id, place.folder).catch(() => undefined);
    },
    readScript: async (id, signal) => {
      const place = await here(id, signal);
      if (!('folder' in place)) return readBatchScript(parts, place, signal);
      const { folder, script, name } = place;
      const path = script === undefined ? `${folder}/${batchFileName}` : `${folder}/work/${script}`;
      const text = await readTextFile(files, path, maxScriptBytes, signal);
      if (text === undefined) throw new JobError({ kind: 'gone', name });
      return { name: script?.split('/').at(-1) ?? batchFileName, text };
    },
  };
}

function getFileFolder(place: JobLocation, file: JobFile): string {
  if (!('folder' in place)) return place.workDir;
  return file.kind === 'log' ? place.folder : `${place.folder}/work`;
}

async function listOwnFiles(
  { files, isLog }: SchedulerFilesDeps,
  { folder }: OwnJobLocation,
  signal: AbortSignal,
): Promise<readonly JobFile[]> {
  const found = (await listFilesRecursive(files, folder, signal)) ?? [];
  return found.flatMap(({ path, bytes, isUnchanged: isOld }): readonly JobFile[] => {
    if (isLog(path)) return [{ name: path, kind: 'log', bytes }];
    const [, name] = /^work\/(.+)$/s.exec(path) ?? [];
    return name === undefined ? [] : [{ name, kind: isOld ? 'input' : 'output', bytes }];
  });
}

async function listExternalFiles(
  { files, isLog }: SchedulerFilesDeps,
  { workDir, start, end }: ExternalJobLocation,
  signal: AbortSignal,
): Promise<readonly JobFile[]> {
  if (!start || !workDir.startsWith('/')) return [];
  const until = new Date((end?.getTime() ?? files.clock.now().getTime()) + clockToleranceMs);
  const since = new Date(start.getTime() - 1000);
  const found = (await listModifiedFiles(files, workDir, { since, until }, signal)) ?? [];
  return found.map(({ path, bytes }) => ({ name: path, kind: isLog(path) ? 'log' : 'output', bytes }));
}

async function readBatchScript(
  { calls, scripts }: SchedulerFilesDeps,
  { id, name, script }: ExternalJobLocation,
  signal: AbortSignal,
): Promise<Script> {
  if (!scripts)
    throw new JobError({
      kind: 'invalid',
      why: `${name} was not submitted from here, so its script is not known.`,
    });
  const ran = await calls.query(scripts.argv(id), signal);
  if (ran.code === 0 && ran.output !== '') return { name: script ?? batchFileName, text: ran.output };
  const isGone = ran.code === 0 || parseCommandFailure(ran.errors, calls.style.failures).kind === 'gone';
  if (!isGone) throw toJobError(ran, calls, name);
  throw new JobError({ kind: 'refused', place: calls.place, words: scripts.toUnknownText(name) });
}
