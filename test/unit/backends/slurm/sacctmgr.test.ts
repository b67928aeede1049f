import assert from 'node:assert/strict';
import { toAssociationArgs, parseAssociations } from '../../../../src/backends/slurm/sacctmgr.js';

describe('the output of sacctmgr', () => {
  it('is requested for one user, without titles', () => {
    assert.deepEqual(toAssociationArgs('al').slice(0, 7), [
      ...['sacctmgr', '--noheader', '--parsable2', 'show', 'user', 'al', 'withassoc'],
    ]);
  });

  it('contains the accounts, each once, with all of their options', () => {
    const text = 'proj|proj||normal,long|normal\nproj|side|gpu|normal|\nproj|side|debug|normal,high|high\n';
    assert.deepEqual(parseAssociations(text), {
      defaultAccount: 'proj',
      accounts: [
        { name: 'proj', partitions: [], qos: ['normal', 'long'], defaultQos: 'normal' },
        { name: 'side', partitions: ['gpu', 'debug'], qos: ['normal', 'high'], defaultQos: 'high' },
      ],
    });
  });

  it('applies to all partitions if one association does', () => {
    for (const text of ['|a|gpu||\n|a|||\n', '|a|||\n|a|gpu||\n'])
      assert.deepEqual(parseAssociations(text).accounts[0]?.partitions, []);
  });

  it('can be empty', () => {
    for (const text of ['', '\n', 'There was a problem\n', '||||\n'])
      assert.deepEqual(parseAssociations(text), { accounts: [], defaultAccount: undefined });
  });
});
