import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { JobLogs, JobFiles } from '../../core/domain/backend.js';
import { listLocalJobFiles, readLocalJobFile, resolveJobFilePath } from './files.js';
import { readLocalLog, readOlderLogPage } from './logReader.js';
import { findJobDirectory, getJobPaths, type SpoolPaths } from './paths.js';
import { markResultsSeen } from './retention.js';
import { readText } from '../../lib/node/files.js';
import { runOnDisk, findLocalJob, withTarget } from './jobDirectory.js';

/** The logs of jobs in their folders. */
export const createLocalLogs = (spool: SpoolPaths): JobLogs => ({
  read: (id, from, follow, signal) => readLocalLog(() => findLocalJob(spool, id), from, follow, signal),
  older: (id, before, bytes, signal) =>
    runOnDisk(
      withTarget(spool, id, (job) => readOlderLogPage(job, before, bytes, signal)),
      spool.folder,
      signal,
    ),
});

/** The files of jobs in their folders. */
export const createLocalFiles = (spool: SpoolPaths): JobFiles => ({
  list: async (id, _, signal) => ({
    items: await runOnDisk(
      withTarget(spool, id, ({ paths, record }) => listLocalJobFiles(paths, record, signal)),
      spool.folder,
      signal,
    ),
    malformed: [],
  }),
  read: async function* (id, file, signal) {
    const { paths, record } = await findLocalJob(spool, id);
    yield* readLocalJobFile(paths, record, file, signal);
    if (file.kind === 'result' || file.kind === 'output') await markResultsSeen(paths);
  },
  markSeen: async (id) => {
    const dir = findJobDirectory(spool, id);
    if (dir !== undefined) await markResultsSeen(getJobPaths(dir));
  },
  script: (id, signal) =>
    runOnDisk(
      withTarget(spool, id, async ({ paths, record }) => ({
        name: basename(record.script),
        text: await readText(paths.script),
      })),
      spool.folder,
      signal,
    ),
  localFolder: (id) => {
    const dir = findJobDirectory(spool, id);
    return dir !== undefined && existsSync(dir) ? dir : undefined;
  },
  getLocalPath: async (id, { kind, name }) => {
    const { paths, record } = await findLocalJob(spool, id);
    return resolveJobFilePath(paths, record, kind, name);
  },
});
