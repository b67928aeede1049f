import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { JobLogs, JobFiles } from '../../core/domain/backend.js';
import { filesOf, readFileOf } from './files.js';
import { readLog, readOlderLog } from './logReader.js';
import { jobDirOf, jobPaths, type SpoolPaths } from './paths.js';
import { markSeen } from './retention.js';
import { readText } from '../../lib/node/files.js';
import { onDisk, target, withTarget } from './target.js';

/** The logs of jobs in their folders. */
export const createLogs = (spool: SpoolPaths): JobLogs => ({
  read: (id, from, follow, signal) => readLog(() => target(spool, id), from, follow, signal),
  older: (id, before, bytes, signal) =>
    onDisk(
      withTarget(spool, id, (job) => readOlderLog(job, before, bytes, signal)),
      spool.folder,
      signal,
    ),
});

/** The files of jobs in their folders. */
export const createFiles = (spool: SpoolPaths): JobFiles => ({
  list: async (id, _, signal) => ({
    items: await onDisk(
      withTarget(spool, id, ({ paths, record }) => filesOf(paths, record, signal)),
      spool.folder,
      signal,
    ),
    malformed: [],
  }),
  read: async function* (id, file, signal) {
    const { paths, record } = await target(spool, id);
    yield* readFileOf(paths, record, file, signal);
    if (file.kind === 'result' || file.kind === 'output') await markSeen(paths);
  },
  markSeen: async (id) => {
    const dir = jobDirOf(spool, id);
    if (dir !== undefined) await markSeen(jobPaths(dir));
  },
  script: (id, signal) =>
    onDisk(
      withTarget(spool, id, async ({ paths, record }) => ({
        name: basename(record.script),
        text: await readText(paths.script),
      })),
      spool.folder,
      signal,
    ),
  localFolder: (id) => {
    const dir = jobDirOf(spool, id);
    return dir !== undefined && existsSync(dir) ? dir : undefined;
  },
});
