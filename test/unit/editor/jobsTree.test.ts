import assert from 'node:assert/strict';
import { toJobId, type Job } from '../../../src/core/domain/job.js';
import type { Page, PageRequest } from '../../../src/core/domain/paging.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { JobList } from '../../../src/core/jobs/jobList.js';
import type * as jobsTree from '../../../src/editor/jobsTree.js';
import type * as jobsView from '../../../src/editor/jobsView.js';
import type { TreeNode } from '../../../src/editor/treeNodes.js';
import { scriptedBackend } from '../../fakes/backend.js';
import { fakeClock, settle } from '../../fakes/clock.js';
import { ProgressTracker } from '../../../src/core/jobs/progressTracker.js';
import { memoryDetails, memoryLogTails } from '../../fakes/details.js';
import { arrayOf, completed, failed, jobOf, running } from '../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../fakes/memoryStore.js';
import { useFakeVscode } from '../../fakes/vscode.js';

let JobsTree: (typeof jobsTree)['JobsTree'];
let knownJobs: (typeof jobsView)['createKnownJobs'];
before(async () => {
  useFakeVscode();
  ({ JobsTree } = await import('../../../src/editor/jobsTree.js'));
  ({ createKnownJobs: knownJobs } = await import('../../../src/editor/jobsView.js'));
});

const parentJob = (id: string, members: Parameters<typeof jobOf>[0] = {}): Job =>
  jobOf({ id, name: id, hasChildren: true, ...members });

/** A tree over a watched list whose child jobs a test sets. */
async function treeOf(tops: readonly Job[], below: Record<string, readonly Job[]> = {}) {
  const state: { problem: Error | undefined; asked: number; hideAfterDays: number } = {
    problem: undefined,
    asked: 0,
    hideAfterDays: 0,
  };
  const children = async (id: string, { size, token }: PageRequest): Promise<Page<Job>> => {
    state.asked++;
    await Promise.resolve();
    if (state.problem) throw state.problem;
    const all = below[id] ?? [];
    const from = Number(token ?? 0);
    const to = from + size;
    return { items: all.slice(from, to), malformed: [], ...(to < all.length ? { next: String(to) } : {}) };
  };
  const place = scriptedBackend(tops, { children });
  const clock = fakeClock();
  const log = memoryLog();
  const list = new JobList({ clock, log, store: memoryStore() });
  list.setBackends([place.backend]);
  list.watch();
  await clock.advance(0);
  const known = knownJobs(list);
  const details = memoryDetails();
  const progress = new ProgressTracker(clock);
  const source = {
    connections: known.listStates,
    whenReady: () => Promise.resolve(),
    getHideAfterDays: () => state.hideAfterDays,
    isSearching: () => false,
    details,
    logTails: memoryLogTails(details, progress),
    progress,
  };
  const tree = new JobsTree(source, log);
  const drawn: (string | undefined)[] = [];
  tree.onDidChangeTreeData((node) => drawn.push(node?.rowId));
  list.onDidChange(({ isReordered: order, connection, updated }) => {
    if (order) tree.drawAll();
    else tree.drawJobs(connection, updated);
  });
  /** The labels of the rows below these labels, as VS Code requests them; each row is rendered. */
  const nodesAt = async (...way: readonly string[]): Promise<readonly TreeNode[]> => {
    let nodes = await tree.getChildren();
    for (const label of way) {
      const node = nodes.find((one) => tree.getTreeItem(one).label === label);
      assert.ok(node, `${label} is there`);
      nodes = await tree.getChildren(node);
    }
    return nodes;
  };
  const rowsAt = async (...way: readonly string[]): Promise<readonly string[]> => {
    await nodesAt(...way);
    await settle();
    return (await nodesAt(...way)).map((node) => {
      const { label, description } = tree.getTreeItem(node);
      const text = typeof label === 'string' ? label : '';
      return typeof description === 'string' && description !== '' ? `${text} | ${description}` : text;
    });
  };
  return { tree, place, clock, list, known, state, below, nodesAt, rowsAt, drawn };
}

const many = (count: number): readonly Job[] =>
  Array.from({ length: count }, (_, n) =>
    jobOf({ id: `x${String(n)}`, name: `x${String(n)}`, state: completed }),
  );

describe('JobsTree: child jobs', () => {
  it('shows that they are loading, then the jobs', async () => {
    const { nodesAt, rowsAt, tree } = await treeOf([parentJob('dag')], { dag: many(2) });
    const first = (await nodesAt('Local', 'dag')).map((node) => tree.getTreeItem(node).label);
    assert.deepEqual(first, ['Log', 'Loading…']);
    assert.deepEqual(await rowsAt('Local', 'dag'), ['Log', 'x0 | Completed', 'x1 | Completed']);
  });

  it('shows jobs at depth 3, which commands and the selection find', async () => {
    const { rowsAt, nodesAt, tree, known } = await treeOf([parentJob('project')], {
      project: [parentJob('task')],
      task: [parentJob('batch')],
      batch: [jobOf({ id: 'deep', name: 'deep', state: failed })],
    });
    await rowsAt('Local', 'project');
    await rowsAt('Local', 'project', 'task');
    assert.deepEqual(await rowsAt('Local', 'project', 'task', 'batch'), ['Log', 'deep | Failed']);
    const [, node] = await nodesAt('Local', 'project', 'task', 'batch');
    assert.equal(tree.findNode('local', 'deep'), node);
    assert.equal(node?.rowId, 'local/deep');
    assert.equal(known.find('local/deep')?.job.name, 'deep');
    const way: string[] = [];
    for (let at: TreeNode | undefined = node; at; at = tree.getParent(at)) way.unshift(at.rowId);
    assert.deepEqual(way, ['local', 'local/project', 'local/task', 'local/batch', 'local/deep']);
  });

  it('shows a page of 2,000 with a row that loads more, with the total count of the job', async () => {
    const tasks = { queued: 0, running: 0, completed: 2000, failed: 0, stopped: 0 };
    const { rowsAt, tree } = await treeOf([parentJob('sweep', { tasks })], { sweep: many(2000) });
    const rows = await rowsAt('Local', 'sweep');
    assert.equal(rows.length, 101);
    assert.match(rows[100] ?? '', /^Load 100 More… \| 100 of 2.?000$/);
    await tree.loadChildren('local/sweep/childrenMore', 'more');
    const more = await rowsAt('Local', 'sweep');
    assert.equal(more.length, 201);
    assert.match(more[200] ?? '', /200 of 2.?000$/);
    assert.equal(more[150], 'x150 | Completed');
  });

  it('shows why they could not be loaded, and loads them on retry', async () => {
    const { rowsAt, tree, state, nodesAt } = await treeOf([parentJob('dag')], { dag: many(1) });
    state.problem = new JobError({ kind: 'offline', place: 'Local', why: 'no route' });
    assert.deepEqual(await rowsAt('Local', 'dag'), ['Log', 'Could not be loaded · Retry | no route']);
    const [, row] = await nodesAt('Local', 'dag');
    assert.ok(row);
    assert.deepEqual(tree.getTreeItem(row).command?.arguments, [row, 'retryChildren']);
    state.problem = undefined;
    await tree.loadChildren(row.rowId, 'retry');
    assert.deepEqual(await rowsAt('Local', 'dag'), ['Log', 'x0 | Completed']);
  });

  it('shows that there are none', async () => {
    const { rowsAt } = await treeOf([parentJob('dag')]);
    assert.deepEqual(await rowsAt('Local', 'dag'), ['Log', 'No jobs']);
  });

  it('refreshes the parent when a child was added, and a single child when it changed', async () => {
    const { rowsAt, clock, below, drawn } = await treeOf([parentJob('dag')], { dag: [jobOf({ id: 'a' })] });
    const list = await rowsAt('Local', 'dag');
    assert.equal(list.length, 2);
    drawn.length = 0;
    below['dag'] = [jobOf({ id: 'a' }), jobOf({ id: 'b' })];
    await clock.advance(1000);
    assert.deepEqual(drawn, ['local/dag']);
    await rowsAt('Local', 'dag');
    drawn.length = 0;
    below['dag'] = [jobOf({ id: 'a', state: failed }), jobOf({ id: 'b' })];
    await clock.advance(1000);
    assert.deepEqual(drawn, ['local/a']);
  });

  it('does not poll below a collapsed row', async () => {
    const { rowsAt, tree, clock, state, nodesAt } = await treeOf([parentJob('dag')], {
      dag: [jobOf({ id: 'a', state: running })],
    });
    await rowsAt('Local', 'dag');
    state.asked = 0;
    await clock.advance(1000);
    assert.equal(state.asked, 1);
    const [dag] = await nodesAt('Local');
    assert.ok(dag);
    tree.setOpen(dag, false);
    await clock.advance(5000);
    assert.equal(state.asked, 1);
  });

  it('filters them, and keeps the parents of a match', async () => {
    const { rowsAt, tree } = await treeOf([parentJob('dag'), jobOf({ id: 'other', name: 'other' })], {
      dag: [jobOf({ id: 'a', name: 'first' }), jobOf({ id: 'b', name: 'second', state: failed })],
    });
    await rowsAt('Local', 'dag');
    tree.filter = { text: 'second', states: [] };
    assert.deepEqual(await rowsAt('Local', 'dag'), ['Log', 'second | Failed']);
    assert.deepEqual((await rowsAt('Local')).length, 1);
    assert.match((await rowsAt())[0] ?? '', /2 hidden/);
  });

  it('keeps the tasks that come with the list unchanged', async () => {
    const { rowsAt } = await treeOf(arrayOf([running, failed]));
    const rows = await rowsAt('Local', 'sweep.py');
    assert.deepEqual(
      rows.map((row) => row.split(' | ')[0]),
      ['36_0', '36_1'],
    );
  });
});

describe('JobsTree: rows of deleted jobs', () => {
  it('shows that the job of a visible row is gone', async () => {
    const { nodesAt, tree, place, clock } = await treeOf([jobOf({ id: 'a', name: 'a', state: running })]);
    const [node] = await nodesAt('Local');
    assert.ok(node);
    place.jobs = [];
    await clock.advance(2000);
    await nodesAt('Local').catch(() => undefined);
    assert.equal(tree.getTreeItem(node).label, 'No longer available');
    assert.equal(tree.isNode(node), true);
    assert.equal(tree.findNode('local', toJobId('a')), undefined);
  });
});
