import assert from 'node:assert/strict';
import {
  formatBundleListing,
  formatPlan,
  formatRule,
} from '../../../../src/core/presentation/bundleListing.js';
import { planOf } from '../../../fakes/commandPorts.js';

describe('bundleListing', () => {
  const plan = planOf(
    '/home/ada/fit',
    { 'main.jl': 300, 'data/b.csv': 1024, 'data/a.csv': 4096, '.env': 10 },
    { 'data/raw/': 'data/raw', 'notes.txt': '*.txt' },
    ['data/link leads nowhere.'],
  );

  it('lists folders and files by size, largest first, and the rule for each excluded path', () => {
    assert.equal(
      formatBundleListing(plan),
      [
        'Bundle of /home/ada/fit',
        '4 files, 5.3 KiB (2 excluded)',
        '',
        'Warnings',
        '  data/link leads nowhere.',
        '  .env may contain secrets and will be included.',
        '',
        'Included, largest first',
        '  data/  2 files, 5.0 KiB',
        '       4.0 KiB  data/a.csv',
        '       1.0 KiB  data/b.csv',
        '  ./  2 files, 310 B',
        '         300 B  main.jl',
        '          10 B  .env',
        '',
        'Excluded',
        '  data/raw/  excluded by data/raw (.juliabundleignore:1)',
        '  notes.txt  excluded by *.txt (.juliabundleignore:2)',
        '',
      ].join('\n'),
    );
  });

  it('states that nothing is included or excluded', () => {
    const text = formatBundleListing(planOf('/a', {}));
    assert.equal(text.match(/^ {2}nothing$/gm)?.length, 2);
    assert.equal(formatPlan(planOf('/a', { b: 1 })), '1 file, 1 B');
  });

  it('shows each path on one line', () => {
    const text = formatBundleListing(planOf('/a', { 'x\ny.jl': 1 }, { 'p\u202eq': 'p\nq' }));
    assert.match(text, /x␣y\.jl/);
    assert.match(text, /p␣q +excluded by p␣q/);
  });

  it('marks paths that are always excluded', () => {
    assert.equal(
      formatRule({ path: '.git', type: 'directory', bytes: 0, included: false }),
      'always excluded',
    );
  });
});
