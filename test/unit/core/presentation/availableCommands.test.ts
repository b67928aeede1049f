import assert from 'node:assert/strict';
import { listAvailableCommands } from '../../../../src/core/presentation/availableCommands.js';
import { formatByteProgress } from '../../../../src/core/presentation/formatting.js';
import { backendOf, jobOf } from '../../../fakes/jobs.js';

describe('the commands of the palette', () => {
  it('are those that a connection or one of its jobs supports', () => {
    const plain = { backend: backendOf({}), index: { top: [] } };
    assert.deepEqual([...listAvailableCommands([plain])], []);
    const script = () => Promise.resolve({ name: 'a.jl', text: '' });
    const rich = backendOf({ script, hold: () => Promise.resolve() });
    assert.deepEqual([...listAvailableCommands([plain, { backend: rich, index: { top: [] } }])], ['hold']);
    const page = 'https://example.org/';
    assert.deepEqual(
      [...listAvailableCommands([{ backend: rich, index: { top: [jobOf({ page })] } }])],
      ['hold', 'page', 'script'],
    );
  });
});

describe('formatByteProgress', () => {
  it('uses the unit of the whole', () => {
    assert.equal(formatByteProgress(12.3 * 2 ** 20, 40 * 2 ** 20), '12.3 of 40.0 MiB');
    assert.equal(formatByteProgress(512, 2 ** 20), '0.0 of 1.0 MiB');
    assert.equal(formatByteProgress(3, 10), '3 of 10 B');
    assert.equal(formatByteProgress(2048, undefined), '2.0 KiB');
  });
});
