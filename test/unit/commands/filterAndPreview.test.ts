import assert from 'node:assert/strict';
import { askFilter } from '../../../src/commands/filterJobs.js';
import { previewBundle } from '../../../src/commands/previewBundle.js';
import { emptyFilter } from '../../../src/core/presentation/jobFilter.js';
import { bundlerOf, openFolder, planOf, portsOf } from '../../fakes/commandPorts.js';
import { keeps, leaves, scriptedUi, ticks } from '../../fakes/ui.js';

describe('askFilter', () => {
  const title = 'Filter Jobs';

  it('prompts for a text and states in one list', async () => {
    const { ui } = scriptedUi(ticks(title, ['Running', 'Failed'], ' fit '));
    assert.deepEqual(await askFilter(emptyFilter, ui), { states: ['running', 'failed'], text: 'fit' });
  });

  it('hides nothing if no state or every state is selected and the text is empty', async () => {
    const none = scriptedUi(keeps(title));
    assert.deepEqual(await askFilter(emptyFilter, none.ui), emptyFilter);
    const looks = ['Queued', 'Running', 'Completed', 'Failed', 'Cancelled', 'Other'];
    const all = scriptedUi(ticks(title, looks));
    assert.deepEqual(await askFilter(emptyFilter, all.ui), emptyFilter);
  });

  it('starts with the current filter', async () => {
    const now = { states: ['queued'], text: 'fit' } as const;
    const { ui } = scriptedUi(keeps(title));
    assert.deepEqual(await askFilter(now, ui), now);
  });

  it('changes nothing if it is dismissed', async () => {
    assert.equal(await askFilter(emptyFilter, scriptedUi(leaves(title)).ui), undefined);
  });
});

describe('previewBundle', () => {
  it('shows what would be sent and sends nothing', async () => {
    const bundled = bundlerOf(planOf('/home/ada/fit', { 'main.jl': 10 }, { 'data/': 'data' }));
    const { ui, seen } = scriptedUi();
    const desk = { getFolder: () => Promise.resolve(openFolder()), isTrusted: () => false };
    await previewBundle(undefined, portsOf({ ui, desk, bundler: bundled.bundler }));
    assert.equal(seen.papers[0]?.title, 'Bundle of fit.txt');
    assert.match(seen.papers[0].text, /main\.jl[\s\S]*data\/ +excluded by data \(\.juliabundleignore:1\)/);
    assert.deepEqual(bundled.packed, []);
  });

  it('returns without a message if no folder is selected', async () => {
    const { ui, seen } = scriptedUi();
    await previewBundle(undefined, portsOf({ ui }));
    assert.deepEqual(seen.papers, []);
  });
});
