import assert from 'node:assert/strict';
import {
  formatDollars,
  parseMinResources,
  findNodeForAnswer,
  toNodeKey,
  findNode,
  parseNodes,
  findSmallestFit,
} from '../../../../src/backends/juliahub/nodes.js';
import { nodeRows } from '../../../doubles/juliahub/catalog.js';

const nodes = parseNodes(nodeRows);
const short = (least: Partial<Parameters<typeof findSmallestFit>[1]>): string | undefined => {
  const node = findSmallestFit(nodes, { cpus: 1, memory: 1, gpu: false, ...least });
  return node && toNodeKey(node);
};

// The cases are those of docs/protocols/juliahub.md, 10.2, on the nodes of 10.1.
describe('the nodes of a JuliaHub server', () => {
  it('are sorted by size, those with a GPU last', () => {
    assert.deepEqual(nodes.map(toNodeKey), [
      'm6/2/8',
      'r6/2/16',
      'm6/4/16',
      'r6/4/32',
      'm6/8/32',
      'r6/8/64',
      'm6/32/128',
      'p2/4/61/gpu',
      'p3/8/61/gpu',
    ]);
  });

  it('are found by minimum resources', () => {
    assert.equal(short({}), 'm6/2/8');
    assert.equal(short({ cpus: 2, memory: 16 }), 'r6/2/16');
    assert.equal(short({ cpus: 4, memory: 16 }), 'm6/4/16');
    assert.equal(short({ cpus: 4, memory: 16, gpu: true }), 'p2/4/61/gpu');
    assert.equal(short({ cpus: 100 }), undefined);
    assert.equal(short({ memory: 50_000 }), undefined);
  });

  it('are found only by their exact key', () => {
    assert.equal(findNode(nodes, 'r6/8/64')?.price, 1.3);
    assert.equal(findNode(nodes, 'r6/8/65'), undefined);
    assert.equal(findNode(nodes, 'p2/4/61'), undefined);
  });

  it('are sorted by price if they have the same size', () => {
    const row = (name: string, cpus: number, price: number): unknown[] => [
      name,
      false,
      cpus,
      8,
      price,
      '',
      '',
      '4',
    ];
    const read = parseNodes([row('dear', 2, 3), row('cheap', 2, 1), row('big', 4, 0.1)]);
    assert.deepEqual(
      read.map(({ nodeClass }) => nodeClass),
      ['cheap', 'dear', 'big'],
    );
  });

  it('omits malformed rows', () => {
    const good = ['m6', false, 2, 8, 0.17, 'd', '', '4', 1, 2, 7];
    const bad = [
      ['m6', false, 2.5, 8, 0.17, '', '', '4'],
      ['m6', false, 2, 8.5, 0.17, '', '', '4'],
      ['m6', 'no', 2, 8, 0.17, '', '', '4'],
      ['m6', false, 2],
      { node: 'm6' },
      null,
    ];
    assert.deepEqual(parseNodes([...bad, good]), [
      { nodeClass: 'm6', gpu: false, cpus: 2, memory: 8, price: 0.17, description: 'd', display: '4' },
    ]);
  });

  it('have prices with the required number of digits', () => {
    assert.deepEqual([0, 0.05, 0.17, 2.4, 12].map(formatDollars), [
      '$0.00',
      '$0.050',
      '$0.17',
      '$2.40',
      '$12.00',
    ]);
  });

  for (const [answer, found] of [
    ['8 cpu 32 gb', 'm6/8/32'],
    ['32GB, 4vCPUs', 'r6/4/32'],
    ['3 cores', 'm6/4/16'],
    ['16 gib', 'r6/2/16'],
    ['gpu', 'p2/4/61/gpu'],
    ['8 CPU 1 GPU', 'p3/8/61/gpu'],
    ['1 cpu 0 gpus', 'm6/2/8'],
    ['  2 cpu ', 'm6/2/8'],
    ['100 cpu', undefined],
    ['r6/4/32', 'r6/4/32'],
    ['r6/4/33', undefined],
  ] as const)
    it(`are found by the answer "${answer}"`, () => {
      const node = findNodeForAnswer(nodes, answer);
      assert.equal(node && toNodeKey(node), found);
    });

  for (const text of [
    '',
    '8',
    'cpu',
    '8 cpux',
    '8 cpu-32 gb',
    '0 gb',
    '0 cpu',
    '2 gpu',
    '8 gpu',
    '1 gpu gpu',
    'm6/2/8',
  ])
    it(`rejects "${text}" as minimum resources`, () => {
      assert.equal(parseMinResources(text), undefined);
    });
});
