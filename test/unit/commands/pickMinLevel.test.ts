import assert from 'node:assert/strict';
import { pickMinLevel } from '../../../src/commands/pickMinLevel.js';
import { leaves, picks, scriptedUi } from '../../fakes/ui.js';

describe('askLeastLevel', () => {
  const title = 'Filter Logs by Level';

  for (const [label, level] of [
    ['All Lines', 'all'],
    ['Info and Above', 'info'],
    ['Warnings and Errors', 'warn'],
    ['Errors Only', 'error'],
  ] as const) {
    it(`returns ${label}`, async () => {
      assert.equal(await pickMinLevel('all', scriptedUi(picks(title, label)).ui), level);
    });
  }

  it('marks the current level', async () => {
    const { ui, seen } = scriptedUi(leaves(title));
    await pickMinLevel('warn', ui);
    assert.deepEqual(
      seen.steps[0]?.items.filter(({ description }) => description).map(({ label }) => label),
      ['Warnings and Errors'],
    );
  });

  it('changes nothing if it is dismissed', async () => {
    assert.equal(await pickMinLevel('all', scriptedUi(leaves(title)).ui), undefined);
  });
});
