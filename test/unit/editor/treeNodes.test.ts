import assert from 'node:assert/strict';
import { TreeNodes } from '../../../src/editor/treeNodes.js';

describe('TreeNodes', () => {
  it('returns the same node for the same row', () => {
    const nodes = new TreeNodes();
    const [local] = nodes.replace(['local']);
    const [job] = nodes.replace(['local/1'], local);
    assert.equal(nodes.replace(['local/1', 'local/2'], local)[0], job);
    assert.equal(nodes.ensure('local/1', local), job);
    assert.equal(job?.parent, local);
  });

  it('frees a row that is no longer shown, with all rows below it', () => {
    const freed: string[] = [];
    const nodes = new TreeNodes((rowId) => freed.push(rowId));
    const [local] = nodes.replace(['local']);
    const [first] = nodes.replace(['local/1', 'local/2'], local);
    nodes.replace(['local/1/log', 'local/1/script'], first);
    nodes.setDrawn({ id: 'local/1/log', label: 'Log', context: '', ariaLabel: '', expands: 'no' });
    nodes.replace(['local/2'], local);
    assert.deepEqual(freed.sort(), ['local/1', 'local/1/log', 'local/1/script']);
    assert.equal(nodes.size, 2);
    assert.equal(nodes.drawnRow('local/1/log'), undefined);
    assert.equal(nodes.get('local/1'), undefined);
  });

  it('still recognizes a freed node as its own', () => {
    const nodes = new TreeNodes();
    const [local] = nodes.replace(['local']);
    nodes.replace([]);
    assert.equal(nodes.isNode(local), true);
    assert.equal(nodes.isNode({ rowId: 'local' }), false);
  });

  it('moves a row to its current parent, and does not free it with the old one', () => {
    const nodes = new TreeNodes();
    const [local] = nodes.replace(['local']);
    const before = nodes.ensure('local/36_1', local);
    const array = nodes.ensure('local/36', local);
    const after = nodes.ensure('local/36_1', array);
    assert.notEqual(after, before);
    nodes.replace(['local/36'], local);
    assert.equal(nodes.get('local/36_1'), after);
  });

  it('remembers for a while over which row the pointer hovers', () => {
    const nodes = new TreeNodes();
    const at = (seconds: number): Date => new Date(seconds * 1_000);
    nodes.setHovered('local/1', at(0));
    assert.ok(nodes.isHovered('local/1', at(14)) && !nodes.isHovered('local/2', at(14)));
    assert.ok(!nodes.isHovered('local/1', at(15)));
  });
});
