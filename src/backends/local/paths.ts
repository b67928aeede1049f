import { dirname, join } from 'node:path';

/** The paths of a spool; `folder` is absolute. */
export const getSpoolPaths = (folder: string) =>
  ({
    folder,
    /** One folder for each job, named by its number. */
    jobs: join(folder, 'jobs'),
    /** An empty file for each unfinished job: an index that `state.json` overrides. */
    active: join(folder, 'active'),
    /** Files that are being deleted. */
    trash: join(folder, 'trash'),
    lock: join(folder, 'lock'),
    /** The last allocated number: as a file's content, and as a file's name, which cannot be half written. */
    counter: join(folder, 'counter'),
    last: join(folder, 'last'),
    /** The user's consent to deleting old jobs. */
    retention: join(folder, 'retention'),
    dispatch: join(folder, 'dispatch.json'),
    /** Touched with each change, for watchers of the folder. */
    changed: join(folder, 'changed'),
  }) as const;

/** The paths of a spool. */
export type SpoolPaths = ReturnType<typeof getSpoolPaths>;

/** The paths of a job; `dir` is absolute. */
export const getJobPaths = (dir: string) =>
  ({
    dir,
    record: join(dir, 'job.json'),
    state: join(dir, 'state.json'),
    /** The room reserved on the disk for the last state. */
    spare: join(dir, 'state.spare'),
    /** The working directory. */
    work: join(dir, 'work'),
    /** The submitted files: the script, and the tar of a bundle. */
    submitted: join(dir, 'submitted'),
    tar: join(dir, 'submitted', 'bundle.tar'),
    script: join(dir, 'submitted', 'script'),
    files: join(dir, 'submitted', 'files.json'),
    log: join(dir, 'log'),
    times: join(dir, 'log.times'),
    lost: join(dir, 'log.lost'),
    /** Result files. */
    results: join(dir, 'results'),
    /** The value of the result. */
    summary: join(dir, 'results.txt'),
    /** Created when result files were opened, revealed or downloaded. */
    seen: join(dir, 'seen'),
    /** Created for a job that the user keeps: retention does not delete it. */
    keep: join(dir, 'keep'),
    /** Where a language's prelude reports the results that the job set. */
    notes: join(dir, 'notes'),
    control: join(dir, 'control'),
    cancel: join(dir, 'control', 'cancel'),
    limit: join(dir, 'control', 'limit'),
    /** Touched by the runner at intervals (heartbeat). */
    alive: join(dir, 'alive'),
    /** The runner's own error messages. */
    runnerLog: join(dir, 'runner.txt'),
  }) as const;

/** The paths of a job. */
export type JobPaths = ReturnType<typeof getJobPaths>;

/** The spool that contains a job's folder. */
export const getSpoolOfJob = (jobDir: string): SpoolPaths => getSpoolPaths(dirname(dirname(jobDir)));

/** The folder of a job by its ID; undefined for a malformed ID. */
export const findJobDirectory = (spool: SpoolPaths, id: string): string | undefined =>
  isJobNumber(id) ? join(spool.jobs, id) : undefined;

/** True for a valid job number. */
export const isJobNumber = (text: string): boolean => /^[1-9]\d{0,14}$/.test(text);
