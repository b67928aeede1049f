import type { Backend } from '../domain/backend.js';
import type { Job } from '../domain/job.js';
import type { Listing } from '../domain/paging.js';

/**
 * The active jobs of a backend and its newest ended ones, `count` in all where there are so many: page after page until
 * they are there, so that a service with small pages is asked as often as it takes, and any other once.
 */
export async function listPages(
  { jobs: { list } }: Backend,
  count: number,
  signal: AbortSignal,
): Promise<Listing> {
  const first = await list({ size: count }, signal);
  const jobs: Job[] = [...first.items];
  const malformed = [...first.malformed];
  const ids = new Set(jobs.map(({ id }) => id));
  let { next } = first;
  while (next !== undefined) {
    // An entry that cannot be understood has its place in the list.
    const left = count - malformed.length - jobs.filter(({ parent }) => parent === undefined).length;
    if (left <= 0) break;
    const page = await list({ size: left, token: next }, signal);
    const fresh = page.items.filter(({ id }) => !ids.has(id));
    // A list that gives nothing new would be asked without end.
    if (fresh.length + page.malformed.length === 0) break;
    for (const job of fresh) ids.add(job.id);
    jobs.push(...fresh);
    malformed.push(...page.malformed);
    ({ next } = page);
  }
  const { items: _, next: __, ...rest } = first;
  return { ...rest, jobs, malformed, more: next !== undefined };
}
