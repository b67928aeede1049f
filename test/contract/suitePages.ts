import assert from 'node:assert/strict';
import { isActive, getJobStatus, type JobId } from '../../src/core/domain/job.js';
import { ended, never, submit, until, type Subject } from './subject.js';

/** How every backend returns its jobs page by page. */
export function pages(subject: () => Subject): void {
  it('returns each job once, page after page, with the active ones on the first', async () => {
    const { backend, scripts } = subject();
    const long = await submit(backend, scripts.lasts());
    await until(subject(), long, ({ state }) => state.kind === 'running');
    for (let count = 0; count < 3; count++) await ended(subject(), await submit(backend, scripts.prints(1)));
    const all = await backend.jobs.list({ size: 500 }, never);
    assert.equal(all.next, undefined, 'these are all');
    const found: JobId[] = [];
    let token: string | undefined;
    for (let page = 0; page === 0 || token !== undefined; page++) {
      assert.ok(page < 100, 'the pages end');
      const request = token === undefined ? { size: 2 } : { size: 2, token };
      const { items, next } = await backend.jobs.list(request, never);
      if (page === 0)
        assert.ok(
          items.some(({ id }) => id === long),
          'an active job is on the first page',
        );
      else assert.ok(!items.some((job) => job.parent === undefined && isActive(job)));
      found.push(...items.map(({ id }) => id));
      token = next;
    }
    assert.deepEqual([...found].sort(), all.items.map(({ id }) => id).sort());
    await backend.control?.cancel?.(long, never);
    if (backend.control?.cancel) await ended(subject(), long);
  });

  it('lists only jobs in certain states if requested', async () => {
    const { backend, scripts } = subject();
    const failed = await ended(subject(), await submit(backend, scripts.fails(3)));
    const { items } = await backend.jobs.list({ size: 500, states: ['failed'] }, never);
    assert.ok(items.some(({ id }) => id === failed.id));
    assert.ok(items.every((job) => job.parent !== undefined || getJobStatus(job.state) === 'failed'));
  });

  it('gives the children of a job, each with it as its parent', async () => {
    const { backend } = subject();
    const { children } = backend.jobs;
    if (!children) return;
    const { items } = await backend.jobs.list({ size: 500 }, never);
    for (const { id } of items.filter(({ hasChildren }) => hasChildren)) {
      const page = await children(id, { size: 100 }, never);
      assert.ok(page.items.every(({ parent }) => parent === id));
    }
  });
}
