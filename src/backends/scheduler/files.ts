import type { JobFiles } from '../../core/domain/backend.js';
import type { Script } from '../../core/domain/jobSpec.js';
import { toNamePath } from '../../lib/byteNames.js';
import type { JobFile, JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import { fetchFile } from '../../remote/fetch.js';
import { filesBelow, filesWritten, textOf, type HostFiles } from '../../remote/folders.js';
import type { Calls } from './calls.js';
import type { ScriptDialect } from './dialect.js';
import { parseRefusal, problemOf } from './refusals.js';
import { batchName } from './submit/submission.js';

/** The location of a job's files. */
export type JobPlace = OwnPlace | OtherPlace;

/** A job that was submitted by the extension. */
interface OwnPlace {
  readonly folder: string;
  readonly name: string;
  /** The submitted script, relative to the working directory. */
  readonly script: string | undefined;
}

/** A job that was submitted by hand or by another program. */
export interface OtherPlace {
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

interface Files {
  readonly files: (id: JobId, signal: AbortSignal) => Promise<readonly JobFile[]>;
  readonly download: NonNullable<JobFiles['read']>;
  readonly script: NonNullable<JobFiles['script']>;
}

/** The maximum size of a script that is shown, in bytes. */
const mostScript = 4 * 1024 * 1024;

/** A job's last output can reach the disk after its end, and clocks differ: the tolerance, in milliseconds. */
const slackMs = 120_000;

/** Dependencies of reading the files of jobs. */
export interface FilesParts {
  readonly files: HostFiles;
  readonly calls: Calls;
  /** True for the names of log files in a job's folder. */
  readonly isLog: (name: string) => boolean;
  readonly scripts: ScriptDialect | undefined;
  readonly placeOf: (id: JobId, signal: AbortSignal) => Promise<JobPlace | undefined>;
  /** Called when the user has opened a result file of a job in this folder. */
  readonly markSeen: (id: JobId, folder: string) => Promise<void>;
}

/**
 * The files in a job's folder: inputs, outputs and the log. Jobs that were submitted by hand have no such folder:
 * their files are those written below the working directory while they ran, and the script from the controller.
 * Throws {@link JobError} of kind `gone`, `refused`, `offline`, `damaged`.
 */
export function createJobFiles(parts: FilesParts): Files {
  const { files, placeOf, markSeen } = parts;
  const here = async (id: JobId, signal: AbortSignal): Promise<JobPlace> => {
    const place = await placeOf(id, signal);
    if (!place) throw new JobError({ kind: 'gone', name: id });
    return place;
  };
  return {
    files: async (id, signal) => {
      const place = await placeOf(id, signal);
      if (!place) return [];
      const found =
        'folder' in place ? await ownFiles(parts, place, signal) : await otherFiles(parts, place, signal);
      return [...found].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    download: async function* (id, file, signal) {
      const place = await here(id, signal);
      if (file.name.split('/').includes('..')) throw new JobError({ kind: 'unsafeName', name: file.name });
      yield* fetchFile(
        files,
        `${toNamePath(folderFor(place, file))}/${file.name}`,
        { name: file.name, bytes: file.bytes ?? Number.MAX_SAFE_INTEGER },
        signal,
      );
      // The caller does not wait for this.
      if (file.kind === 'output' && 'folder' in place) void markSeen(id, place.folder).catch(() => undefined);
    },
    script: async (id, signal) => {
      const place = await here(id, signal);
      if (!('folder' in place)) return batchScript(parts, place, signal);
      const { folder, script, name } = place;
      const path = script === undefined ? `${folder}/${batchName}` : `${folder}/work/${script}`;
      const text = await textOf(files, path, mostScript, signal);
      if (text === undefined) throw new JobError({ kind: 'gone', name });
      return { name: script?.split('/').at(-1) ?? batchName, text };
    },
  };
}

function folderFor(place: JobPlace, file: JobFile): string {
  if (!('folder' in place)) return place.workDir;
  return file.kind === 'log' ? place.folder : `${place.folder}/work`;
}

async function ownFiles(
  { files, isLog }: FilesParts,
  { folder }: OwnPlace,
  signal: AbortSignal,
): Promise<readonly JobFile[]> {
  const found = (await filesBelow(files, folder, signal)) ?? [];
  return found.flatMap(({ path, bytes, isOld }): readonly JobFile[] => {
    if (isLog(path)) return [{ name: path, kind: 'log', bytes }];
    const [, name] = /^work\/(.+)$/s.exec(path) ?? [];
    return name === undefined ? [] : [{ name, kind: isOld ? 'input' : 'output', bytes }];
  });
}

async function otherFiles(
  { files, isLog }: FilesParts,
  { workDir, start, end }: OtherPlace,
  signal: AbortSignal,
): Promise<readonly JobFile[]> {
  if (!start || !workDir.startsWith('/')) return [];
  const until = new Date((end?.getTime() ?? files.clock.now().getTime()) + slackMs);
  const since = new Date(start.getTime() - 1000);
  const found = (await filesWritten(files, workDir, { since, until }, signal)) ?? [];
  return found.map(({ path, bytes }) => ({ name: path, kind: isLog(path) ? 'log' : 'output', bytes }));
}

async function batchScript(
  { calls, scripts }: FilesParts,
  { id, name, script }: OtherPlace,
  signal: AbortSignal,
): Promise<Script> {
  if (!scripts)
    throw new JobError({
      kind: 'invalid',
      why: `${name} was not submitted from here, so its script is not known.`,
    });
  const ran = await calls.ask(scripts.argv(id), signal);
  if (ran.code === 0 && ran.output !== '') return { name: script ?? batchName, text: ran.output };
  const isGone = ran.code === 0 || parseRefusal(ran.errors, calls.style.refusals).kind === 'gone';
  if (!isGone) throw problemOf(ran, calls, name);
  throw new JobError({ kind: 'refused', place: calls.place, words: scripts.toUnknownText(name) });
}
