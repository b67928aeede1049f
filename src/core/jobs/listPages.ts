import type { Backend } from '../domain/backend.js';
import type { Job } from '../domain/job.js';
import type { JobListResult } from '../domain/paging.js';

/**
 * Lists the active jobs of a backend and its newest finished ones, `count` in total if there are that many.
 * Reads as many pages as necessary: one for most services.
 */
export async function listPages(
  { jobs: { list } }: Backend,
  count: number,
  signal: AbortSignal,
): Promise<JobListResult> {
  const first = await list({ size: count }, signal);
  const jobs: Job[] = [...first.items];
  const malformed = [...first.malformed];
  const ids = new Set(jobs.map(({ id }) => id));
  let { next } = first;
  while (next !== undefined) {
    // An entry that could not be parsed also counts.
    const left = count - malformed.length - jobs.filter(({ parent }) => parent === undefined).length;
    if (left <= 0) break;
    const page = await list({ size: left, token: next }, signal);
    const fresh = page.items.filter(({ id }) => !ids.has(id));
    // Stop if a page contains nothing new, to avoid an endless loop.
    if (fresh.length + page.malformed.length === 0) break;
    for (const job of fresh) ids.add(job.id);
    jobs.push(...fresh);
    malformed.push(...page.malformed);
    ({ next } = page);
  }
  const { items: _, next: __, ...rest } = first;
  return { ...rest, jobs, malformed, hasMore: next !== undefined };
}
