import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { place, quietLog, runnerProgram } from './local.js';
import { ended, linesOf, never, submit, until, wholeLog } from './subject.js';

const sh = (text: string) => ({ name: 'job.sh', text });
const patienceMs = 10_000;

describe('an update of the extension, which deletes its older files', () => {
  it('leaves a running job alone, and the updated extension starts the queued job', async () => {
    const spool = await place();
    const older = await mkdtemp(join(tmpdir(), 'batch-jobs-older-'));
    try {
      const runner = join(older, 'jobRunner.js');
      await copyFile(await runnerProgram(), runner);
      const options = spool.options({ maxRunning: 1 });
      const args = [runner, '--batch-jobs-runner'];
      const log = { ...quietLog, warn: () => undefined };
      const before = createLocalBackend({ ...options, runner: { ...options.runner, args }, log });
      const go = join(spool.folder, 'go');
      const text = `echo begun\nwhile [ ! -e '${go}' ]; do sleep 0.05; done\necho done\n`;
      const first = await submit(before, sh(text));
      const second = await submit(before, sh('echo second\n'));
      await until({ backend: before, patienceMs }, first, ({ state }) => state.word === 'Running');

      await rm(older, { recursive: true });
      await writeFile(go, '');
      const { state } = await ended({ backend: before, patienceMs }, first);
      assert.equal(state.kind === 'ended' && state.outcome, 'completed');
      assert.deepEqual(linesOf(await wholeLog(before, first)), ['begun', 'done']);
      assert.equal((await before.jobs.get(second, never))?.state.kind, 'queued');

      const after = spool.window({ maxRunning: 1 });
      const next = await ended({ backend: after, patienceMs }, second);
      assert.equal(next.state.kind === 'ended' && next.state.outcome, 'completed');
      assert.deepEqual(linesOf(await wholeLog(after, second)), ['second']);
    } finally {
      await spool.end();
      await rm(older, { recursive: true, force: true });
    }
  });
});
