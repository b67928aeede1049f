import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configuredHosts } from '../../../../src/backends/hosts/sshConfig.js';
import { inTemp } from './doubles.js';

/** The hosts of these files below a home folder, as `name detail`. */
const hostsOf = (files: Readonly<Record<string, string>>, file = ''): Promise<readonly string[]> =>
  inTemp(async (home) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text.replaceAll('<home>', home));
    }
    const hosts = await configuredHosts(home, file === '' ? '' : join(home, file));
    return hosts.map(({ name, detail }) => `${name} ${detail}`.trim());
  });

describe('hosts of the ssh configuration', () => {
  it('are those named without patterns, with address and user', async () => {
    const text = [
      '# Host not-me',
      'Host alpha beta *.example !gamma ?x',
      '  HostName 10.0.0.1',
      '  User=ada',
      'Host=delta # Host also not',
      '\tHOSTNAME "delta.example"',
      'Host *',
      '  User everybody',
    ].join('\n');
    assert.deepEqual(await hostsOf({ '.ssh/config': text }), [
      'alpha ada@10.0.0.1',
      'beta ada@10.0.0.1',
      'delta delta.example',
    ]);
  });

  it('have what stands first', async () => {
    const text = 'Host a\n User one\nHost b a\n User two\n HostName h\n';
    assert.deepEqual(await hostsOf({ '.ssh/config': text }), ['a one@h', 'b two@h']);
  });

  it('are not those of Match', async () => {
    assert.deepEqual(await hostsOf({ '.ssh/config': 'Host a\nMatch host b\n User x\n' }), ['a']);
  });

  it('come from included files as well, by pattern, home and absolute path, each once', async () => {
    const hosts = await hostsOf({
      '.ssh/config': 'Include conf.d/*.conf ~/more "<home>/with blank" missing\nHost last\n',
      '.ssh/conf.d/b.conf': 'Host b\nInclude config\n',
      '.ssh/conf.d/a.conf': 'Host a\n',
      '.ssh/conf.d/c.txt': 'Host c\n',
      more: 'Host m\n',
      'with blank': 'Host w\n',
    });
    assert.deepEqual(hosts, ['a', 'b', 'm', 'w', 'last']);
  });

  it('are never what ssh would take for an option or a shell for more', async () => {
    assert.deepEqual(await hostsOf({ '.ssh/config': 'Host -oProxyCommand=x $(id) a;b ok "two words"\n' }), [
      'ok',
    ]);
  });

  it('may have names that mean something to objects', async () => {
    assert.deepEqual(await hostsOf({ '.ssh/config': 'Host __proto__ constructor\n User u\n' }), [
      '__proto__ u',
      'constructor u',
    ]);
  });

  it('come from the file that the settings name, and are none without a file', async () => {
    assert.deepEqual(await hostsOf({ other: 'Host o\r\n', '.ssh/config': 'Host a' }, 'other'), ['o']);
    assert.deepEqual(await hostsOf({}), []);
  });
});
