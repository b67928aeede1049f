import assert from 'node:assert/strict';
import { associationArgs, readAssociations } from '../../../../src/backends/slurm/sacctmgr.js';

describe('what sacctmgr says', () => {
  it('is asked for one user, without titles', () => {
    assert.deepEqual(associationArgs('al').slice(0, 7), [
      ...['sacctmgr', '--noheader', '--parsable2', 'show', 'user', 'al', 'withassoc'],
    ]);
  });

  it('is the accounts, each once, with all that may be named of them', () => {
    const text = 'proj|proj||normal,long|normal\nproj|side|gpu|normal|\nproj|side|debug|normal,high|high\n';
    assert.deepEqual(readAssociations(text), {
      defaultAccount: 'proj',
      accounts: [
        { name: 'proj', partitions: [], qos: ['normal', 'long'], defaultQos: 'normal' },
        { name: 'side', partitions: ['gpu', 'debug'], qos: ['normal', 'high'], defaultQos: 'high' },
      ],
    });
  });

  it('is for all partitions where one association is', () => {
    for (const text of ['|a|gpu||\n|a|||\n', '|a|||\n|a|gpu||\n'])
      assert.deepEqual(readAssociations(text).accounts[0]?.partitions, []);
  });

  it('may be nothing', () => {
    for (const text of ['', '\n', 'There was a problem\n', '||||\n'])
      assert.deepEqual(readAssociations(text), { accounts: [], defaultAccount: undefined });
  });
});
