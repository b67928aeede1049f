import assert from 'node:assert/strict';
import { sshReason } from '../../../../src/backends/hosts/sshReasons.js';
import { plainSay as say } from '../../../../src/core/say.js';

/** What OpenSSH 9.2 wrote, and what is told of it. */
const cases: readonly (readonly [name: string, errors: string, reason: RegExp])[] = [
  [
    'an unknown name',
    'ssh: Could not resolve hostname alpha.example: Name or service not known\r\n',
    /^Could not resolve hostname alpha\.example: Name or service not known$/,
  ],
  ['a closed port', 'ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n', /^Connection refused$/],
  ['silence', 'ssh: connect to host 10.9.8.7 port 22: Connection timed out\r\n', /^Connection timed out$/],
  ['no way', 'ssh: connect to host 10.9.8.7 port 22: No route to host\r\n', /^No route to host$/],
  [
    'another host key',
    '@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@@@@@@\r\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r\nHost key for [127.0.0.1]:2222 has changed and you have requested strict checking.\r\nHost key verification failed.\r\n',
    /^its host key is not the one that ssh knows.*ssh-keygen -R/,
  ],
  [
    'an unknown host key',
    'No ED25519 host key is known for x and you have requested strict checking.\r\nHost key verification failed.\r\n',
    /^its host key was not accepted/,
  ],
  [
    'a key that is not let in',
    "Warning: Permanently added 'x' (ED25519) to the list of known hosts.\r\nci@127.0.0.1: Permission denied (publickey,password).\r\n",
    /^it does not let you in: Permission denied \(publickey,password\)\. Check the user/,
  ],
  [
    'too many keys',
    'Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures\r\nDisconnected from 1.2.3.4 port 22\r\n',
    /too many keys were tried/,
  ],
  [
    'a wrong configuration',
    '/home/al/.ssh/config: line 3: Bad configuration option: foo\r\n/home/al/.ssh/config: terminating, 1 bad configuration options\r\n',
    /^\/home\/al\/\.ssh\/config: line 3: Bad configuration option: foo$/,
  ],
  ['a dropped connection', 'client_loop: send disconnect: Broken pipe\r\n', /^the connection was dropped$/],
  [
    'a server that hangs up',
    'kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 127.0.0.1 port 22\r\n',
    /^the connection was dropped$/,
  ],
  ['a shared connection that is gone', 'mux_client_request_session: read from master failed\r\n', /dropped/],
  ['something else', 'debug1: hello\r\nkeyboard exploded\r\n\r\n', /^keyboard exploded$/],
  ['nothing but a notice', "Warning: Permanently added 'x' to the list.\r\n", /^ssh ended without a word$/],
  ['nothing', '', /^ssh ended without a word$/],
];

describe('why ssh could not reach a host', () => {
  for (const [name, errors, reason] of cases)
    it(`is told of ${name}`, () => {
      assert.match(sshReason(errors, say), reason);
    });
});
