import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from '../../src/core/domain/backend.js';
import type { JobListResult } from '../../src/core/domain/paging.js';
import { cluster, type Cluster } from '../engines/cluster.js';
import { until } from '../engines/daemons.mjs';
import { queueLine, taskLine } from '../unit/backends/slurm/world.js';
import { listed, sh, statesUntil, watched, type Watched } from './slurmFaults.js';
import { never, submit } from './subject.js';
import { listJobs } from '../fakes/backendCalls.js';

/** One refresh of the list, and the longest time it blocked the event loop. */
async function round(
  backend: Backend,
): Promise<{ readonly listing: JobListResult; readonly ms: number; readonly blockedMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await sleep(20);
  const began = performance.now();
  const listing = await listJobs(backend, 20_000, never);
  const ms = performance.now() - began;
  await sleep(20);
  delay.disable();
  return { listing, ms, blockedMs: delay.max / 1e6 };
}

/** At least one of several rounds must be fast: other load on the machine can slow down the others. */
function isQuick(what: string, rounds: readonly { readonly ms: number; readonly blockedMs: number }[]): void {
  const ms = Math.min(...rounds.map((round) => round.ms));
  const blockedMs = Math.min(...rounds.map((round) => round.blockedMs));
  console.log(`      ${what}: ${ms.toFixed(0)} ms, blocked for ${blockedMs.toFixed(0)} ms at most`);
  assert.ok(ms < 2_000, `${ms} ms`);
  assert.ok(blockedMs < 250, `${blockedMs} ms`);
}

const programOf = (line: string): string | undefined => line.split(' ')[0];

describe('Slurm with a very large number of jobs', () => {
  it('lists an array of 5000 tasks with one squeue per round, and cancels all of it', async function () {
    this.timeout(120_000);
    const slurm: Cluster = await cluster('accounting');
    const to = await watched(slurm.env);
    try {
      const script = sh('exec sleep 60\n');
      const id = await submit(to.backend, script, { options: { array: '0-4999', throttle: '2' } });
      await statesUntil(to.backend, id, (job) => job.tasks?.running === 2);
      // The outcomes of the cluster's earlier jobs are requested for a few rounds if they are unknown.
      const settled = async (): Promise<string> => {
        const before = to.ran().length;
        await listJobs(to.backend, 20_000, never);
        await sleep(300);
        return to.ran().slice(before).map(programOf).join(' ');
      };
      await until(async () => (await settled()) === 'squeue', 'each round requests more', 10_000);
      const before = to.ran().length;
      const told = await round(to.backend);
      assert.deepEqual(to.ran().slice(before).map(programOf), ['squeue']);
      assert.equal(told.listing.jobs.filter(({ parent }) => parent === id).length, 5000);
      const counts = (await listed(to.backend, id))?.tasks;
      assert.deepEqual(counts, { queued: 4998, running: 2, completed: 0, failed: 0, stopped: 0 });
      isQuick('5000 tasks', [told, await round(to.backend), await round(to.backend)]);

      await to.backend.control?.cancel?.(id, never);
      const { job } = await statesUntil(to.backend, id, ({ state }) => state.kind === 'ended', 30_000);
      assert.deepEqual(job.tasks, { queued: 0, running: 0, completed: 0, failed: 0, stopped: 5000 });
    } finally {
      await to.end();
    }
  });

  describe('10,000 rows of squeue', () => {
    let bin: string;
    let to: Watched;
    beforeEach(async () => {
      bin = mkdtempSync(join(tmpdir(), 'bj-bin-'));
      const program = (name: string, text: string): void => {
        writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      };
      program('squeue', `exec cat '${bin}/rows'`);
      program('sacct', 'echo "Slurm accounting storage is disabled" >&2; exit 1');
      program('scontrol', 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1');
      to = await watched(process.env, { bin });
    });
    afterEach(async () => {
      await to.end();
      rmSync(bin, { recursive: true, force: true });
    });
    const numbers = Array.from({ length: 10_000 }, (_, at) => at);
    const kinds: Readonly<Record<string, (at: number) => string>> = {
      'of single jobs': (at) => queueLine({ A: String(at + 1), j: `fit ${String(at)}` }),
      'of one array': (at) => taskLine(String(at), { A: String(at + 37), T: at % 2 ? 'RUNNING' : 'FAILED' }),
    };
    for (const [name, line] of Object.entries(kinds))
      it(`${name} are listed quickly, without long blocking`, async () => {
        writeFileSync(join(bin, 'rows'), numbers.map(line).join(''));
        const rounds = [await round(to.backend), await round(to.backend), await round(to.backend)];
        for (const { listing } of rounds)
          assert.equal(listing.jobs.filter(({ tasks: whole }) => !whole).length, 10_000);
        isQuick(name, rounds);
      });
  });
});
