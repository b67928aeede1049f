import assert from 'node:assert/strict';
import type * as origin from '../../../src/editor/foreignArguments.js';
import { useFakeVscode } from '../../fakes/vscode.js';

describe('isForeignRow', () => {
  let isForeignRow: (typeof origin)['isForeignRow'];
  before(async () => {
    useFakeVscode();
    ({ isForeignRow } = await import('../../../src/editor/foreignArguments.js'));
  });
  const nodes = [{ rowId: 'local/1' }, { rowId: 'local/2' }];
  const isNode = (value: unknown): boolean => nodes.some((node) => node === value);

  const own: readonly (readonly unknown[])[] = [
    [],
    [undefined],
    [undefined, undefined],
    [nodes[0]],
    [nodes[0], undefined],
    [nodes[0], nodes],
    [undefined, [nodes[1]]],
  ];
  for (const args of own)
    it(`returns false for a click in the view: ${JSON.stringify(args)}`, () => {
      assert.equal(isForeignRow(args, isNode), false);
    });

  const foreign: readonly (readonly unknown[])[] = [
    ['local/1'],
    [{ rowId: 'local/1' }],
    [{ ...nodes[0] }],
    [nodes[0], ['local/2']],
    [nodes[0], [nodes[0], { rowId: 'local/2' }]],
    [undefined, ['local/1']],
    [1],
    [''],
    [Object.create(nodes[0] ?? null)],
  ];
  for (const args of foreign)
    it(`returns true for an imitation: ${JSON.stringify(args)}`, () => {
      assert.equal(isForeignRow(args, isNode), true);
    });
});

describe('isLostRow', () => {
  let isLostRow: (typeof origin)['isLostRow'];
  before(async () => {
    useFakeVscode();
    ({ isLostRow } = await import('../../../src/editor/foreignArguments.js'));
  });

  it('is true where a row was clicked that the view no longer had', () => {
    for (const args of [[undefined], [undefined, undefined], [undefined, null]])
      assert.equal(isLostRow(args), true);
  });

  it('is false for the palette and for rows', () => {
    for (const args of [[], [{ rowId: 'local/1' }], [undefined, [{ rowId: 'local/1' }]], ['local/1']])
      assert.equal(isLostRow(args), false);
  });
});
