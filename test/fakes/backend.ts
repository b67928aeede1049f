import type { Backend } from '../../src/core/domain/backend.js';
import type { JobListResult } from '../../src/core/domain/paging.js';
import type { Job } from '../../src/core/domain/job.js';
import { createJobIndex } from '../../src/core/jobs/jobIndex.js';
import { backendOf, type FakeMembers } from './jobs.js';

/** A backend whose jobs a test changes while it is watched, and which records its calls. */
export interface ScriptedBackend {
  readonly backend: Backend;
  /** Newest first; tasks are listed with their array. */
  jobs: readonly Job[];
  malformed: readonly string[];
  /** Replaces the listing of {@link jobs} from now on. */
  answer: ((most: number, signal: AbortSignal) => Promise<JobListResult>) | undefined;
  /** `list 20`, `job j1`, `hear`, `deaf`: in order. */
  readonly asked: string[];
  /** Clears the recorded calls and returns them. */
  take(): readonly string[];
  /** Makes {@link JobQueries.changes} yield. */
  change(): void;
}

/** A {@link ScriptedBackend}; `members` replace its own ones. */
export function scriptedBackend(jobs: readonly Job[] = [], members: FakeMembers = {}): ScriptedBackend {
  let yieldOne: () => void = () => undefined;
  const scripted: ScriptedBackend = {
    jobs,
    malformed: [],
    answer: undefined,
    asked: [],
    take: () => scripted.asked.splice(0),
    change: () => {
      yieldOne();
    },
    backend: backendOf({
      list: (most, signal) => {
        scripted.asked.push(`list ${String(most)}`);
        const { jobs: all, malformed } = scripted;
        return scripted.answer?.(most, signal) ?? Promise.resolve({ ...newest(all, most), malformed });
      },
      job: (id) => {
        scripted.asked.push(`job ${id}`);
        return Promise.resolve(scripted.jobs.find((job) => job.id === id));
      },
      changes: async function* (signal) {
        scripted.asked.push('hear');
        try {
          for (;;) {
            await new Promise<void>((resolve, reject) => {
              yieldOne = resolve;
              const stop = (): void => {
                reject(new DOMException('stopped', 'AbortError'));
              };
              if (signal.aborted) stop();
              signal.addEventListener('abort', stop, { once: true });
            });
            yield;
          }
        } finally {
          scripted.asked.push('deaf');
        }
      },
      ...members,
    }),
  };
  return scripted;
}

/** The newest jobs of all and the tasks of the arrays among them. */
function newest(all: readonly Job[], most: number): Pick<JobListResult, 'jobs' | 'hasMore'> {
  const { top, parts } = createJobIndex(all);
  const jobs = top.slice(0, most);
  return { jobs: jobs.flatMap((job) => [job, ...(parts.get(job.id) ?? [])]), hasMore: top.length > most };
}
