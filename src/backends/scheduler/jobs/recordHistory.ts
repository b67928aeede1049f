import { dayMs } from '../../../lib/time.js';
import { basename } from 'node:path/posix';
import type { JobState } from '../../../core/domain/job.js';
import type { Clock } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import { resolveRootScript, writeHostFile, type HostFileSystem } from '../../../remote/hostFiles.js';
import { createScriptCommand } from '../../../remote/quoting.js';
import { runOnHost } from '../../../remote/runOnHost.js';
import { toExit } from '../exits.js';
import { batchFileName, jobFolderPattern, workFolderName } from '../submit/submission.js';
import type { JobHistory } from './jobHistory.js';
import type { SchedulerJob } from './schedulerJob.js';

/** The file in a job's folder that identifies the job. */
const idFile = '.job';

/** A submitted job, for its folder. */
export interface RecordedJob {
  readonly id: string;
  readonly name: string;
  /** The connection that submitted it: several connections can share one folder. */
  readonly connection: string;
}

/** Writes a job's ID into its folder. Never fails: the job exists, only its exit may be lost. */
export async function writeJobId(
  files: HostFileSystem,
  folder: string,
  { id, name, connection }: RecordedJob,
  signal: AbortSignal,
): Promise<void> {
  const text = `id ${id}\nconnection ${connection}\nname ${name}\n`;
  await writeHostFile(files, folder, { path: idFile, text }, signal).catch(() => undefined);
}

/** A job as it is after its submission, until a listing or its record shows it. */
export const toSubmittedJob = (id: string, name: string, folder: string): SchedulerJob => ({
  id,
  own: Number(id),
  name,
  state: toRecordedState(undefined, undefined),
  partition: '',
  submitted: parseFolderTime(basename(folder)),
  workDir: `${folder}/${workFolderName}`,
  command: `${folder}/${batchFileName}`,
  isQueued: false,
  row: { folder },
});

/** Dependencies of reading the records. */
export interface RecordHistoryDeps {
  readonly files: HostFileSystem;
  /** Where the jobs' folders are created: absolute, or `~/…`. */
  readonly root: string;
  readonly connection: string;
  readonly days: () => number;
  readonly clock: Clock;
}

/** The time limit for reading the records, in milliseconds. */
const readTimeoutMs = 60_000;

/**
 * The exits of jobs from the records that their wrappers left in their folders (`submit/recordingBatch.ts`), for
 * schedulers without accounting. Jobs that were submitted by hand have none.
 */
export function createRecordHistory({ files, root, connection, days, clock }: RecordHistoryDeps): JobHistory {
  const since = (): Date => new Date(clock.now().getTime() - days() * dayMs);
  const read = async (from: Date, signal: AbortSignal): Promise<readonly SchedulerJob[] | undefined> => {
    const day = from.toISOString().slice(0, 10).replaceAll('-', '');
    const ran = await runOnHost(
      files.host,
      createScriptCommand(listRecordsScript, root, day),
      { ...files, ms: readTimeoutMs },
      signal,
    ).catch((error: unknown) => {
      if (error instanceof JobError) return undefined;
      throw error;
    });
    if (ran?.code !== 0) return undefined;
    return ran.output.split(/^folder /m).flatMap((record) => toSchedulerJob(record, connection) ?? []);
  };
  return {
    isComplete: false,
    getStart: since,
    listRecent: (signal) => read(since(), signal),
    listByIds: async (ids, signal) => (await read(new Date(0), signal))?.filter(({ id }) => ids.includes(id)),
  };
}

/** The record of one folder; undefined if there is none or it belongs to another connection. */
function toSchedulerJob(record: string, connection: string): SchedulerJob | undefined {
  const [folder = '', ...lines] = record.split('\n');
  const getValue = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
  const id = getValue('id');
  if (id === undefined || !/^\d{1,10}$/.test(id) || getValue('connection') !== connection) return undefined;
  if (!jobFolderPattern.test(basename(folder))) return undefined;
  const [, began, node] = /^(\d{1,12}) \d+ (\S*)/.exec(getValue('started') ?? '') ?? [];
  const [, code, ended] = /^(\d{1,3}) (\d{1,12})$/.exec(getValue('ended') ?? '') ?? [];
  const submitted = parseFolderTime(basename(folder));
  return {
    id,
    own: Number(id),
    name: getValue('name') ?? '',
    state: toRecordedState(began, code),
    partition: '',
    workDir: `${folder}/${workFolderName}`,
    command: `${folder}/${batchFileName}`,
    isQueued: false,
    row: { folder, started: began, ended, code },
    ...(submitted ? { submitted } : {}),
    ...(began === undefined ? {} : { start: new Date(Number(began) * 1000) }),
    ...(ended === undefined ? {} : { end: new Date(Number(ended) * 1000) }),
    ...(node === undefined || node === '' ? {} : { nodeList: node }),
    ...(code === undefined ? {} : { exit: toExit(Number(code)) }),
  };
}

function toRecordedState(began: string | undefined, code: string | undefined): JobState {
  if (code !== undefined && code === '0') return { kind: 'ended', word: 'COMPLETED', outcome: 'completed' };
  if (code !== undefined) return { kind: 'ended', word: 'FAILED', outcome: 'failed' };
  return began === undefined ? { kind: 'queued', word: 'PENDING' } : { kind: 'running', word: 'RUNNING' };
}

/** The time in a folder's name. */
function parseFolderTime(name: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(name) ?? [];
  const time = new Date(
    `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`,
  );
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** Folder names start with the date of their creation. Each record is a few lines; no file is read completely. */
const listRecordsScript = `
${resolveRootScript}
cd -- "$root" 2>/dev/null || exit 0
at=$(pwd -P) || exit 0
for d in [0-9]*-[0-9]*-*; do
  [ -f "$d/${idFile}" ] && [ "\${d%%-*}" -ge "$2" ] 2>/dev/null || continue
  echo "folder $at/$d"
  for f in "$d/${idFile}" "$d/.started" "$d/.ended"; do
    [ ! -f "$f" ] || { head -n 3 -- "$f" | head -c 2000; echo; }
  done
done
`;
