import { dirname, join } from 'node:path';

/** Where the parts of a spool are; `folder` is absolute. */
export const spoolPaths = (folder: string) =>
  ({
    folder,
    /** One folder for each job, named by its number. */
    jobs: join(folder, 'jobs'),
    /** An empty file for each job that has not ended: an index, which `state.json` overrules. */
    active: join(folder, 'active'),
    /** What is being removed. */
    trash: join(folder, 'trash'),
    lock: join(folder, 'lock'),
    /** The last number given: as a file's content, and as the name of a file, which cannot be half written. */
    counter: join(folder, 'counter'),
    last: join(folder, 'last'),
    /** What the user agreed to about removing old jobs. */
    retention: join(folder, 'retention'),
    dispatch: join(folder, 'dispatch.json'),
    /** Touched with each change, for those who watch the folder. */
    changed: join(folder, 'changed'),
  }) as const;

/** Where the parts of a spool are. */
export type SpoolPaths = ReturnType<typeof spoolPaths>;

/** Where the parts of a job are; `dir` is absolute. */
export const jobPaths = (dir: string) =>
  ({
    dir,
    record: join(dir, 'job.json'),
    state: join(dir, 'state.json'),
    /** Room on the disk for the last state, taken while there was some. */
    spare: join(dir, 'state.spare'),
    /** Where the job runs. */
    work: join(dir, 'work'),
    /** What was submitted, as it was: the script, and of a bundle its tar. */
    submitted: join(dir, 'submitted'),
    tar: join(dir, 'submitted', 'bundle.tar'),
    script: join(dir, 'submitted', 'script'),
    files: join(dir, 'submitted', 'files.json'),
    log: join(dir, 'log'),
    times: join(dir, 'log.times'),
    lost: join(dir, 'log.lost'),
    /** Result files. */
    results: join(dir, 'results'),
    /** The result's value. */
    summary: join(dir, 'results.txt'),
    /** Made when result files were opened, revealed or downloaded. */
    seen: join(dir, 'seen'),
    /** Made for a job that retention leaves alone: the user wants to keep it. */
    keep: join(dir, 'keep'),
    /** Where the prelude of a language tells the runner what the job set. */
    notes: join(dir, 'notes'),
    control: join(dir, 'control'),
    cancel: join(dir, 'control', 'cancel'),
    limit: join(dir, 'control', 'limit'),
    /** Touched by the runner from time to time. */
    alive: join(dir, 'alive'),
    /** What the runner itself had to say when it failed. */
    runnerLog: join(dir, 'runner.txt'),
  }) as const;

/** Where the parts of a job are. */
export type JobPaths = ReturnType<typeof jobPaths>;

/** The spool in which a job's folder is. */
export const spoolOf = (jobDir: string): SpoolPaths => spoolPaths(dirname(dirname(jobDir)));

/** The folder of a job by its id; undefined where the id cannot be one of ours. */
export const jobDirOf = (spool: SpoolPaths, id: string): string | undefined =>
  isNumber(id) ? join(spool.jobs, id) : undefined;

/** True for a text that names a job. */
export const isNumber = (text: string): boolean => /^[1-9]\d{0,14}$/.test(text);
