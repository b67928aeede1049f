import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { grepOf, smokeTests } from '../../editor/smoke.mjs';
import { listContractLanes, listEditorLanes, listUnitFiles } from '../../lanes.mjs';

const root = join(import.meta.dirname, '../../..');

describe('the lanes of tests', () => {
  for (const [folder, lanes] of [
    ['contract', listContractLanes()],
    ['editor', listEditorLanes()],
  ] as const)
    it(`contain each file of test/${folder} once`, () => {
      const files = lanes.flatMap((lane) => lane.files);
      const all = readdirSync(join(root, 'test', folder)).filter((name) => name.endsWith('.test.ts'));
      assert.deepEqual([...files].sort(), all.map((name) => `test/${folder}/${name}`).sort());
    });

  it('contain each file of test/unit once, and those that measure time separately', () => {
    const { concurrent, timed } = listUnitFiles();
    const all = readdirSync(join(root, 'test/unit'), { encoding: 'utf8', recursive: true });
    const tests = all
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `test/unit/${name.replaceAll('\\', '/')}`);
    assert.deepEqual([...concurrent, ...timed].sort(), tests.sort());
    assert.ok(timed.includes('test/unit/http/bodies.test.ts'));
    assert.ok(concurrent.includes('test/unit/scripts/lanes.test.ts'));
  });

  it('distinguish files whose names share a prefix', () => {
    const lane = listContractLanes().find(({ name }) => name === 'Slurm on this machine');
    assert.ok(lane);
    assert.ok(lane.files.includes('test/contract/slurm.test.ts'));
    assert.ok(!lane.files.includes('test/contract/slurmFaults.test.ts'));
  });
});

describe('the smoke tests of the oldest VS Code', () => {
  it('are in files that exist', () => {
    for (const file of Object.keys(smokeTests)) assert.ok(existsSync(join(root, 'test/editor', file)), file);
  });

  it('are selected by their full titles', () => {
    const pattern = new RegExp(grepOf(['a (b)', 'c?']));
    assert.ok(pattern.test('a (b)') && pattern.test('c?'));
    assert.ok(!pattern.test('a (b) and more') && !pattern.test('c'));
  });
});
