import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  describeHosts,
  parseSettings,
  resolveHost,
  toSshArgs,
  type SshProgram,
} from '../../../src/remote/sshSettings.js';
import { systemClock as clock } from '../../../src/lib/node/systemClock.js';
import { inTemp } from './doubles.js';

/** The system's own ssh with a configuration. */
const withConfig = <T>(text: string, run: (ssh: SshProgram) => Promise<T>): Promise<T> =>
  inTemp(async (folder) => {
    const configFile = join(folder, 'config');
    await writeFile(configFile, text);
    return run({ program: 'ssh', configFile, env: process.env, clock });
  });

describe('the ssh settings for a host', () => {
  it('are the output of ssh, with all of its rules', () =>
    withConfig(
      'Match host a user bob\n Port 7\nHost a\n User bob\n HostName 10.0.0.1\nHost *\n ConnectTimeout 3\n',
      async (ssh) => {
        const settings = await resolveHost(ssh, 'bob@a');
        assert.deepEqual(
          ['hostname', 'user', 'port', 'connecttimeout'].map((name) => settings.get(name)),
          ['10.0.0.1', 'bob', '7', '3'],
        );
        assert.equal((await resolveHost(ssh, 'CORP\\ada@a')).get('user'), 'CORP\\ada');
      },
    ));

  it('are unknown if ssh returns none, is missing, or takes too long', () =>
    withConfig('NoSuchOption yes\n', async (ssh) => {
      assert.equal((await resolveHost(ssh, 'a')).size, 0);
      assert.equal((await resolveHost({ ...ssh, program: '/no/such/ssh' }, 'a')).size, 0);
      await writeFile(ssh.configFile, 'Match exec "sleep 30"\n Port 7\n');
      const begun = Date.now();
      assert.equal((await resolveHost(ssh, 'a', 200)).size, 0);
      assert.ok(Date.now() - begun < 5_000);
    }));

  it('are described for many hosts, by user and address if they differ', () =>
    withConfig(
      'Host a\n User bob\n HostName 10.0.0.1\nHost b\n HostName b.example\nHost c\n User ada\n',
      async (ssh) => {
        const details = await describeHosts(ssh, ['a', 'b', 'c'], 'ada');
        assert.deepEqual([...details].sort(), [
          ['a', 'bob@10.0.0.1'],
          ['b', process.env['USER'] === 'ada' ? 'b.example' : details.get('b')],
          ['c', ''],
        ]);
        assert.match(details.get('b') ?? '', /b\.example$/);
      },
    ));

  it('have the first value of each option', () => {
    const settings = parseSettings('Port 22\nidentityfile a\nidentityfile b\nempty\n\n');
    assert.deepEqual(
      [...settings],
      [
        ['port', '22'],
        ['identityfile', 'a'],
        ['empty', ''],
      ],
    );
  });

  it('are overridden only to prevent running programs, by options that this ssh supports', () => {
    const odd = new Map([
      ['stdinnull', 'yes'],
      ['sessiontype', 'none'],
      ['connecttimeout', '5'],
    ]);
    const { connection, program } = toSshArgs(odd);
    assert.ok(connection.includes('StdinNull=no') && !connection.includes('SessionType=default'));
    assert.ok(program.includes('SessionType=default'));
    assert.ok(!connection.some((option) => /ConnectTimeout|ForkAfter/.test(option)));
    const old = toSshArgs(new Map()).program;
    assert.ok(old.includes('ConnectTimeout=20'));
    assert.ok(!old.some((option) => /StdinNull|SessionType|ForkAfter/.test(option)));
  });
});
