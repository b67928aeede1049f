import type { Backend } from '../../core/backend.js';
import { toNamePath } from '../../core/byteNames.js';
import type { JobFile, JobId } from '../../core/job.js';
import { JobError } from '../../core/problem.js';
import { fetchFile } from '../hosts/fetch.js';
import { filesBelow, textOf, type HostFiles } from '../hosts/folders.js';

/** Where a job's files are, as far as it is one that was submitted from here. */
export interface JobPlace {
  readonly folder: string;
  readonly name: string;
  /** Of the script it was submitted with, below the folder it runs in. */
  readonly script: string | undefined;
}

type Files = Required<Pick<Backend, 'files' | 'download' | 'script'>>;

/** The longest script that is shown, in bytes. */
const mostScript = 4 * 1024 * 1024;

/**
 * The files in a job's folder: what was sent, what the job left, and its log. Jobs that were submitted elsewhere have no
 * folder of ours, and so no files here. Throw {@link JobError} of kind `gone`, `refused`, `offline`, `damaged`.
 */
export function slurmFiles(
  files: HostFiles,
  placeOf: (id: JobId, signal: AbortSignal) => Promise<JobPlace | undefined>,
): Files {
  const here = async (id: JobId, signal: AbortSignal): Promise<JobPlace> => {
    const place = await placeOf(id, signal);
    if (!place) throw new JobError({ kind: 'gone', name: id });
    return place;
  };
  return {
    files: async (id, signal) => {
      const place = await placeOf(id, signal);
      const found = place && (await filesBelow(files, place.folder, signal));
      return (found ?? [])
        .flatMap(({ path, bytes, isOld }): readonly JobFile[] => {
          if (/^slurm-[^/]*\.out$/.test(path)) return [{ name: path, kind: 'log', bytes }];
          const [, name] = /^work\/(.+)$/s.exec(path) ?? [];
          return name === undefined ? [] : [{ name, kind: isOld ? 'input' : 'output', bytes }];
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    download: async function* (id, file, signal) {
      const { folder } = await here(id, signal);
      if (file.name.split('/').includes('..')) throw new JobError({ kind: 'unsafeName', name: file.name });
      const inside = file.kind === 'log' ? file.name : `work/${file.name}`;
      const path = `${toNamePath(folder)}/${inside}`;
      yield* fetchFile(
        files,
        path,
        { name: file.name, bytes: file.bytes ?? Number.MAX_SAFE_INTEGER },
        signal,
      );
    },
    script: async (id, signal) => {
      const { folder, script, name } = await here(id, signal);
      const path = script === undefined ? `${folder}/job.sh` : `${folder}/work/${script}`;
      const text = await textOf(files, path, mostScript, signal);
      if (text === undefined) throw new JobError({ kind: 'gone', name });
      return { name: script?.split('/').at(-1) ?? 'job.sh', text };
    },
  };
}
