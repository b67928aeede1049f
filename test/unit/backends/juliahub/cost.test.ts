import assert from 'node:assert/strict';
import { createCostItem, formatCostTooltip } from '../../../../src/backends/juliahub/cost.js';
import type { JobRequest } from '../../../../src/core/domain/jobSpec.js';

const node = { nodeClass: 'm6', gpu: false, cpus: 4, memory: 16, price: 0.33, description: '', display: '4' };
const hour = 3_600_000;
const asked = (options: JobRequest['options'], limitMs?: number): JobRequest => ({
  name: 'fit',
  args: [],
  env: {},
  options,
  ...(limitMs === undefined ? {} : { limitMs }),
});

describe('the cost of a JuliaHub job', () => {
  for (const [what, request, fact, words] of [
    [
      'one node for an hour',
      asked({}, hour),
      '$0.33 per hour, at most $0.33 until its limit of 1 h',
      'at most $0.33',
    ],
    [
      'four nodes for two hours',
      asked({ nodes: '4' }, 2 * hour),
      '$1.32 per hour, at most $2.64 until its limit of 2 h on 4 nodes',
      'at most $2.64',
    ],
    [
      'two to eight nodes',
      asked({ nodes: '2-8' }, hour),
      '$0.66 to $2.64 per hour, at most $2.64 until its limit of 1 h on 8 nodes',
      'at most $2.64',
    ],
    [
      'nodes that join later',
      asked({ nodes: '4', elastic: 'yes' }, hour),
      '$0.33 to $1.32 per hour, at most $1.32 until its limit of 1 h on 4 nodes',
      'at most $1.32',
    ],
  ] as const)
    it(`is shown for ${what}`, () => {
      assert.deepEqual(createCostItem(node, request), { label: 'Cost', text: fact });
      assert.equal(formatCostTooltip(node, request), words);
    });

  it('is unlimited, with a warning, without a time limit', () => {
    assert.deepEqual(createCostItem(node, asked({ nodes: '2' })), {
      label: 'Cost',
      text: '$0.66 per hour, unlimited: the job has no time limit',
      warning: true,
    });
    assert.equal(formatCostTooltip(node, asked({ nodes: '2' })), '$0.66 per hour, unlimited');
  });
});
