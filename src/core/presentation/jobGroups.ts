import { getJobStatus, isActive, type Job, type JobStatus } from '../domain/job.js';
import type { JobMetadata } from '../domain/jobMetadata.js';
import { getStartOfDay } from './formatting.js';
import { getStatusLabel } from './jobFilter.js';

/** By what the jobs of a connection are grouped. */
export type JobGrouping = 'none' | 'state' | 'day' | 'folder' | 'name';

/** All groupings, in the order in which they are offered. */
export const jobGroupings: readonly JobGrouping[] = ['none', 'state', 'day', 'folder', 'name'];

/** Jobs with a common row above them. */
export interface JobGroup {
  /** Unique within its connection and grouping. */
  readonly key: string;
  readonly label: string;
  /** What distinguishes groups of the same label, such as the path of a folder. */
  readonly detail?: string;
  readonly jobs: readonly Job[];
}

/** The jobs of a connection in display order. */
export interface JobArrangement {
  /** Empty without grouping. */
  readonly groups: readonly JobGroup[];
  /** The jobs directly below the connection; empty with grouping. */
  readonly jobs: readonly Job[];
  /** The number of jobs that are old enough to be hidden. */
  readonly older: number;
}

/** How jobs are arranged. */
export interface ArrangementOptions {
  readonly grouping: JobGrouping;
  readonly getMetadata: (job: Job) => JobMetadata | undefined;
  readonly now: Date;
  /** Finished jobs older than this number of days are hidden; 0: none. */
  readonly hideAfterDays: number;
  /** True: jobs that are old enough to be hidden are shown anyway. */
  readonly isOlderShown: boolean;
}

const dayMs = 86_400_000;

/** Pinned jobs first, otherwise in the given order, in groups. Old jobs are hidden, unless they are pinned. */
export function arrangeJobs(all: readonly Job[], options: ArrangementOptions): JobArrangement {
  const { grouping, getMetadata, isOlderShown } = options;
  const isPinned = (job: Job): boolean => getMetadata(job)?.isPinned === true;
  const pinned = all.filter(isPinned);
  const others = pinned.length === 0 ? all : all.filter((job) => !isPinned(job));
  const recent = others.filter((job) => !isOlder(job, options));
  const older = others.length - recent.length;
  const shown = isOlderShown || older === 0 ? others : recent;
  if (grouping === 'none')
    return { groups: [], jobs: pinned.length === 0 ? shown : [...pinned, ...shown], older };
  const first = pinned.length === 0 ? [] : [{ key: 'pinned', label: 'Pinned', jobs: pinned }];
  return { groups: [...first, ...groupJobs(shown, grouping, options)], jobs: [], older };
}

function isOlder(job: Job, { hideAfterDays, now }: ArrangementOptions): boolean {
  const at = job.ended ?? job.started ?? job.submitted;
  return hideAfterDays > 0 && !isActive(job) && at !== undefined && +now - +at > hideAfterDays * dayMs;
}

const statusOrder: readonly JobStatus[] = ['running', 'queued', 'unknown', 'failed', 'completed', 'stopped'];

function groupJobs(
  jobs: readonly Job[],
  grouping: Exclude<JobGrouping, 'none'>,
  options: ArrangementOptions,
): readonly JobGroup[] {
  const groups = new Map<string, Omit<JobGroup, 'jobs'> & { readonly jobs: Job[] }>();
  for (const job of jobs) {
    const named = groupNamers[grouping](job, options);
    const known = groups.get(named.key);
    if (known) known.jobs.push(job);
    else groups.set(named.key, { ...named, jobs: [job] });
  }
  const all = [...groups.values()];
  if (grouping === 'state') return statusOrder.flatMap((status) => all.filter(({ key }) => key === status));
  // What belongs to no group is last; the others are in the order of their first job.
  return [
    ...all.filter(({ key }) => key !== otherGroup.key),
    ...all.filter(({ key }) => key === otherGroup.key),
  ];
}

type GroupNamer = (job: Job, options: ArrangementOptions) => Omit<JobGroup, 'jobs'>;

/** No job has an empty name, folder or day. */
const otherGroup = { key: '', label: 'Other' };

const groupNamers: Readonly<Record<Exclude<JobGrouping, 'none'>, GroupNamer>> = {
  state: ({ state }) => {
    const status = getJobStatus(state);
    return { key: status, label: getStatusLabel(status) };
  },
  day: ({ submitted, started, ended }, { now }) => {
    const at = submitted ?? started ?? ended;
    return at ? nameDay(at, now) : otherGroup;
  },
  folder: (job, { getMetadata }) => {
    const folder = getMetadata(job)?.folder ?? job.folder;
    if (folder === undefined) return otherGroup;
    const [, above = '', name = ''] = /^(.*?)[\\/]?([^\\/]*)[\\/]*$/s.exec(folder) ?? [];
    return name === '' ? { key: folder, label: folder } : { key: folder, label: name, detail: above || '/' };
  },
  // The job's own name: runs of the same script stay together, whatever their labels are.
  name: ({ name }) => ({ key: name, label: name }),
};

function nameDay(at: Date, now: Date): Omit<JobGroup, 'jobs'> {
  const key = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
  const days = Math.round((getStartOfDay(now) - getStartOfDay(at)) / dayMs);
  return { key, label: days === 0 ? 'Today' : days === 1 ? 'Yesterday' : key };
}
