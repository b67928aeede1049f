import type { JobPaths } from './paths.js';

/** The variable that each process of a job has; its value is the job's folder. */
export const processTagVariable = 'BATCH_JOBS_JOB_DIR';

/** What each process of a job has in its environment, and no other. */
export const getProcessTag = (paths: JobPaths): string => `${processTagVariable}=${paths.dir}`;
