import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listConfiguredHosts, isSshHost, type SshConfigHosts } from '../../../src/remote/sshConfig.js';
import { inTemp } from './doubles.js';

type Files = Readonly<Record<string, string>>;

/** The hosts of these files below a home folder. */
const readIn = (files: Files, file = '', env: NodeJS.ProcessEnv = {}): Promise<SshConfigHosts> =>
  inTemp(async (home) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text.replaceAll('<home>', home));
    }
    return listConfiguredHosts({
      home,
      file: file === '' || file === 'none' ? file : join(home, file),
      systemFile: join(home, 'system'),
      env: { ...env, HERE: home },
    });
  });
const namesIn = async (files: Files, file = ''): Promise<readonly string[]> =>
  (await readIn(files, file)).names;
const namesOf = (config: string): Promise<readonly string[]> => namesIn({ '.ssh/config': config });

describe('hosts of the ssh configuration', () => {
  it('are those named without patterns, each once', async () => {
    const text = [
      '# Host not-me',
      'Host alpha beta *.example !gamma ?x',
      '  HostName 10.0.0.1',
      'Host=delta # Host also not',
      'host = epsilon alpha',
      'Host "zeta" \'eta\' th\\"eta "two words"',
      'Hostname iota',
      'Host *',
      '  User everybody',
    ].join('\n');
    assert.deepEqual(await namesOf(text), ['alpha', 'beta', 'delta', 'epsilon', 'zeta', 'eta']);
  });

  it('exclude those of Match, and those that their own line excludes', async () => {
    assert.deepEqual(await namesOf('Host a\nMatch host b\n User x\nHost c !c d\n'), ['a', 'd']);
  });

  it('come from included files as well, by home and absolute path and by variables, several in a line', async () => {
    const hosts = await namesIn({
      '.ssh/config':
        'Include conf.d/*.conf ~/more "<home>/with blank" \'<home>/also blank\' ${HERE}/variable %d/token missing\nHost last\n',
      '.ssh/conf.d/b.conf': 'Host b\nInclude config\n',
      '.ssh/conf.d/a.conf': 'Host a\n',
      '.ssh/conf.d/c.txt': 'Host c\n',
      more: 'Host m\n',
      'with blank': 'Host w\n',
      'also blank': 'Host l\n',
      variable: 'Host v\n',
      token: 'Host t\n',
    });
    assert.deepEqual(hosts, ['a', 'b', 'm', 'w', 'l', 'v', 't', 'last']);
  });

  it('are found by every pattern of glob(7), in any part of a path', async () => {
    const files = Object.fromEntries(
      ['a1', 'b2', 'c3', 'd4', '.hidden', 'x]y'].map((name) => [
        `.ssh/conf.d/${name}/hosts`,
        `Host ${name}\n`,
      ]),
    );
    const matched = (pattern: string): Promise<readonly string[]> =>
      namesIn({ ...files, '.ssh/config': `Include ${pattern}\n` });
    assert.deepEqual(await matched('conf.d/*/hosts'), ['a1', 'b2', 'c3', 'd4', 'x]y']);
    assert.deepEqual(await matched('conf.d/[ab]?/hosts'), ['a1', 'b2']);
    assert.deepEqual(await matched('c*.d/[!a-b][0-9]/h[o]sts'), ['c3', 'd4']);
    assert.deepEqual(await matched('conf.d/[[:alpha:]][[:digit:]]/*'), ['a1', 'b2', 'c3', 'd4']);
    assert.deepEqual(await matched('conf.d/.h*/hosts'), ['.hidden']);
    assert.deepEqual(await matched('conf.d/x[]]y/hosts'), ['x]y']);
    assert.deepEqual(await matched('conf.d/[ab/hosts'), []);
  });

  it('are not read from backup files of editors', async () => {
    const names = ['work', '.work.swp', '.work.swo', 'work~', '#work#', '.#work', 'work.bak', 'work.swp'];
    const files = Object.fromEntries(
      names.map((name, at) => [`.ssh/conf.d/${name}`, `Host host${String(at)}\n`]),
    );
    assert.deepEqual(await namesIn({ ...files, '.ssh/config': 'Include conf.d/*\n' }), ['host0']);
    assert.deepEqual(
      await namesIn({ ...files, '.ssh/config': 'Include conf.d/work~\n' }),
      ['host3'],
      'as it was named',
    );
  });

  it('are only those that can apply where their file is included', async () => {
    const hosts = await namesIn({
      '.ssh/config': 'Host *.cluster !bad.cluster\n  Include inner\nMatch all\n  Include other\n',
      '.ssh/inner': 'Host login.cluster bad.cluster elsewhere\n',
      '.ssh/other': 'Host beside\n',
    });
    assert.deepEqual(hosts, ['login.cluster', 'beside']);
  });

  it('end if files include themselves', async () => {
    assert.deepEqual(await namesOf('Include config\nHost a\n'), ['a']);
  });

  it('are never names that ssh would read as an option or a shell as a command', async () => {
    assert.deepEqual(await namesOf('Host -oProxyCommand=x $(id) a;b `x` ok\n'), ['ok']);
  });

  it('can have names of Object members', async () => {
    assert.deepEqual(await namesOf('Host __proto__ constructor\n User u\n'), ['__proto__', 'constructor']);
  });

  it("include the system's file, unless the settings name another one", async () => {
    const files = { other: 'Host o\r\n', '.ssh/config': 'Host a', system: 'Host s a\n' };
    assert.deepEqual(await namesIn(files), ['a', 's']);
    assert.deepEqual(await namesIn(files, 'other'), ['o']);
    assert.deepEqual(await namesIn(files, 'none'), []);
    assert.deepEqual(await namesIn({}), []);
  });

  it('are not resolved separately if that runs programs or queries name servers', async () => {
    const isSilent = async (text: string): Promise<boolean> =>
      !(await readIn({ '.ssh/config': text })).hasSideEffects;
    assert.equal(await isSilent('Host a\nMatch host a user b\n'), true);
    assert.equal(await isSilent('Match host a exec "vpn-up %h"\n'), false);
    assert.equal(await isSilent('CanonicalizeHostname yes\n'), false);
    assert.equal(await isSilent('CanonicalizeHostname no\n'), true);
  });

  it('are those that ssh itself finds', () =>
    inTemp(async (home) => {
      await mkdir(join(home, 'd'));
      await writeFile(join(home, 'd/one'), 'Host b\n HostName found-b\n');
      await writeFile(join(home, 'd/.two'), 'Host c\n HostName found-c\n');
      const config = join(home, 'config');
      await writeFile(config, `Host a*\n Include ${home}/d/[!x]*\nHost *\nInclude ${home}/d/*\n`);
      const { names } = await listConfiguredHosts({ home, file: config });
      assert.deepEqual(names, ['b']);
      const resolved = (name: string): string =>
        /^hostname (.*)$/m.exec(execFileSync('ssh', ['-F', config, '-G', name], { encoding: 'utf8' }))?.[1] ??
        '';
      assert.deepEqual(['b', 'c'].map(resolved), ['found-b', 'c']);
    }));
});

describe('a host name that ssh accepts', () => {
  for (const host of [
    'alpha',
    'ada@login.example',
    'user+x@host',
    'CORP\\user@host',
    'a.b-c_d@[::1]',
    'fe80::1%eth0',
    'ada@realm.example@host',
    'ssh://ada@host:2222',
    'svc$@host',
  ])
    it(`is ${host}`, () => assert.equal(isSshHost(host), true));

  for (const host of [
    '',
    '@host',
    'ada@',
    '-oProxyCommand=x',
    'ada@-x',
    '-l@host',
    'a b',
    'a;b',
    '$(id)',
    'a`id`@host',
    "it's",
    'a\nb',
    'a\0b',
    'user\\@host',
    'host\\x',
    'a|b@host',
  ])
    it(`is not ${JSON.stringify(host)}`, () => assert.equal(isSshHost(host), false));
});
