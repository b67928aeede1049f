// A view of many jobs: makes the requests that VS Code makes of a tree after each refresh.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobDetails } from '../../src/core/jobs/jobDetails.js';
import { ProgressTracker } from '../../src/core/jobs/progressTracker.js';
import { LogTailReader } from '../../src/commands/logTails.js';
import { JobList } from '../../src/core/jobs/jobList.js';
import type { Backend } from '../../src/core/domain/backend.js';
import { toJobId, type Job, type JobState } from '../../src/core/domain/job.js';
import { JobsTree } from '../../src/editor/jobsTree.js';
import type { TreeNode } from '../../src/editor/treeNodes.js';
import { JobsView, createKnownJobs } from '../../src/editor/jobsView.js';
import { registerNotifications } from '../../src/editor/notifications.js';
import { systemClock as clock } from '../../src/lib/node/systemClock.js';
import { createJobMetadataStore } from '../../src/store/jobMetadata/store.js';
import type { CommandDeps } from '../../src/commands/commandDeps.js';

/** The result. */
export interface Answer {
  /** Per refresh: the time from the response to the last event to VS Code. */
  readonly rounds: readonly number[];
  /** Maximum per refresh: redrawn rows, and how many of them had not changed. */
  readonly drawn: number;
  readonly needless: number;
  /** Time from the first response until VS Code has the first 20 rows. */
  readonly first: number;
}

const running: JobState = { kind: 'running', word: 'RUNNING' };
const completed: JobState = { kind: 'ended', word: 'COMPLETED', outcome: 'completed' };
const start = Date.now() - 3_600_000;

const jobOf = (index: number, state: JobState, reason: string): Job => ({
  id: toJobId(String(100_000 - index)),
  name: `simulate_${String(index)}.jl`,
  state,
  reason,
  submitted: new Date(start - index * 1000),
  started: new Date(start - index * 500),
  ...(state.kind === 'ended' ? { ended: new Date(start) } : {}),
  limitMs: 86_400_000,
  resources: [
    { label: 'Node', value: '4 vCPU' },
    { label: 'Partition', value: 'main' },
  ],
  inputs: { STEP: String(index), SEED: '5' },
  script: 'simulate.jl',
  command: `julia simulate.jl ${String(index)}`,
  files: [{ name: 'out.txt', kind: 'output', bytes: 100 }],
  raw: undefined,
});

/**
 * Lists the given number of jobs, then repeatedly a list with some of them changed.
 *
 * @param show - Makes the view visible once it exists.
 */
export async function measured(
  { jobs, changed, rounds }: { readonly jobs: number; readonly changed: number; readonly rounds: number },
  show: () => void,
): Promise<Answer> {
  let round = 0;
  let answered = 0;
  let lists = 0;
  // All objects are new with each response, as from JSON; the changed jobs vary.
  const listed = (): readonly Job[] =>
    Array.from({ length: jobs }, (_, index) =>
      jobOf(
        index,
        index < 500 ? running : completed,
        index % (jobs / changed) === 0 ? `step ${String(round)}` : '',
      ),
    );
  const backend: Backend = {
    connection: { id: 'bench', kind: 'bench', title: 'Bench', settings: {} },
    capabilities: { kinds: [], args: true, env: true, pollInterval: () => 1e9 },
    jobs: {
      list: () => {
        const page = { items: listed(), next: 'older', malformed: [] };
        // A new observer can be notified twice; the first time counts.
        if (lists++ === 0 || round > 0) answered = performance.now();
        return Promise.resolve(page);
      },
      get: () => Promise.resolve(undefined),
    },
    logs: {
      // eslint-disable-next-line @typescript-eslint/require-await -- never read here
      read: async function* () {
        yield* [];
      },
    },
    control: { cancel: () => Promise.resolve() },
  };
  const log = { info: () => undefined, warn: () => undefined, error: console.error };
  const store = {
    read: () => Promise.resolve([]),
    write: () => Promise.resolve(),
    claim: () => Promise.resolve(false),
  };
  const folder = mkdtempSync(join(tmpdir(), 'bj-bench-'));
  const list = new JobList({ store, clock, log });
  const known = createKnownJobs(list);
  const details = new JobDetails({
    openStore: () => Promise.resolve(createJobMetadataStore(folder, log)),
    log,
  });
  const progress = new ProgressTracker(clock);
  const logTails = new LogTailReader({
    details,
    progress,
    log,
    findFailure: () => Promise.resolve(undefined),
  });
  const tree = new JobsTree(
    {
      connections: () => known.listStates(),
      whenReady: () => Promise.resolve(),
      details,
      logTails,
      progress,
      getHideAfterDays: () => 0,
      isSearching: () => false,
    },
    log,
  );
  const view = new JobsView(tree, list, details, clock);
  list.onDidChange(({ connection }) => {
    list.watchActive(connection);
  });
  // SAFETY: no job is near its limit, so no other port is used.
  const told = registerNotifications(list, { clock, log } as unknown as CommandDeps);
  const fired: (TreeNode | undefined)[] = [];
  tree.onDidChangeTreeData((node) => {
    fired.push(node);
  });

  /** Makes VS Code's requests after an event: those rows and all expanded rows below them. */
  const drawn = async (nodes: readonly (TreeNode | undefined)[]): Promise<number> => {
    let rows = 0;
    for (const node of nodes) {
      if (node) tree.getTreeItem(node);
      if (node) rows++;
      if (node?.parent) continue; // jobs are collapsed
      for (const child of await tree.getChildren(node)) rows += await drawn([child]);
    }
    return rows;
  };

  list.setBackends([backend]);
  show();
  await list.refresh();
  fired.length = 0;
  const [connection] = await tree.getChildren();
  const nodes = await tree.getChildren(connection);
  for (const node of nodes.slice(0, 20)) tree.getTreeItem(node);
  const first = performance.now() - answered;
  await drawn([undefined]);
  const answer = { rounds: [] as number[], drawn: 0, needless: 0, first };
  for (round = 1; round <= rounds; round++) {
    await list.refresh();
    const count = await drawn(fired.splice(0));
    answer.rounds.push(performance.now() - answered);
    answer.drawn = Math.max(answer.drawn, count);
    answer.needless = Math.max(answer.needless, count - changed);
  }
  told.dispose();
  view.dispose();
  list.dispose();
  details.dispose();
  rmSync(folder, { recursive: true });
  return answer;
}
