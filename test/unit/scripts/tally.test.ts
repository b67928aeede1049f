import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sumTallies, tallyLines } from '../../../scripts/tallies.mjs';

const root = join(import.meta.dirname, '../../..');

describe('the tally of a test run', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bj-tally-test-'));
    file = join(folder, 'tally');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs mocha on a file of tests in plain JavaScript. */
  function runMocha(tests: string, env: NodeJS.ProcessEnv = {}): ReturnType<typeof spawnSync> {
    const test = join(folder, `${String(Math.random())}.cjs`);
    writeFileSync(test, tests);
    const reporter = join(root, 'scripts/tally.mjs');
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    const args = ['--no-config', '--no-package', '--retries', '1', '--reporter', reporter, test];
    return spawnSync(process.execPath, [mocha, ...args], {
      cwd: folder,
      env: { ...process.env, MOCHA_TALLY: file, ...env },
      encoding: 'utf8',
    });
  }

  const flaky = `let tries = 0; describe('the outer', () => { it('is flaky', () => { if (tries++ === 0) throw new Error('first'); }); it('is good', () => {}); });`;

  it('names each test that passed only on its second attempt, over all processes', () => {
    assert.equal(runMocha(flaky).status, 0);
    assert.equal(runMocha(flaky.replaceAll('the outer', 'another')).status, 0);
    const tally = sumTallies(file);
    assert.deepEqual(tally, { passed: 4, failed: 0, retried: ['the outer is flaky', 'another is flaky'] });
    assert.deepEqual(tallyLines(tally), [
      '2 tests passed only on the second attempt:',
      '  the outer is flaky',
      '  another is flaky',
      '4 passed, 0 failed',
    ]);
  });

  it('counts a test that fails at both attempts only as failed', () => {
    assert.notEqual(runMocha(`it('is bad', () => { throw new Error('always'); });`).status, 0);
    assert.deepEqual(sumTallies(file), { passed: 0, failed: 1, retried: [] });
  });

  it('reports the allowed number of second attempts if it is exceeded', () => {
    const [first] = tallyLines({ passed: 3, failed: 0, retried: ['a', 'b', 'c'] });
    assert.equal(first, '3 tests passed only on the second attempt; at most 2 may:');
  });

  it('is empty if no test ran', () => {
    assert.deepEqual(tallyLines(sumTallies(file)), ['0 passed, 0 failed']);
  });

  it('fails a run with an unexpected number of tests', () => {
    assert.equal(runMocha(flaky, { MOCHA_EXPECTED: '2' }).status, 0);
    const { status, stdout } = runMocha(flaky, { MOCHA_EXPECTED: '3' });
    assert.notEqual(status, 0);
    assert.match(String(stdout), /2 tests ran instead of 3\./);
  });
});
