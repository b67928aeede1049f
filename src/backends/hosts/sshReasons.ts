import type { Say } from '../../core/say.js';

/**
 * Why ssh could not reach a host, as a phrase, from what it wrote to stderr. Source: the texts of OpenSSH 8 to 10.
 */
export function sshReason(errors: string, say: Say): string {
  const known = phrases.find(([pattern]) => pattern.test(errors));
  if (known) return known[1](say, errors);
  const last = errors
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '' && !/^(Warning: Permanently added|debug\d:)/.test(line));
  return last ?? say('ssh ended without a word');
}

type Phrase = (say: Say, errors: string) => string;

const lineWith =
  (pattern: RegExp): Phrase =>
  (say, errors) =>
    pattern.exec(errors)?.[0].trim() ?? say('ssh ended without a word');

const silent = /Connection timed out|No route to host|Network is unreachable|Operation timed out/;

/** With the key that the host has now, for its administrators to confirm, and the command that removes the old one. */
const changedKey: Phrase = (say, errors) => {
  const [, host] = /Host key for (\S+) has changed/.exec(errors) ?? [];
  const [, file] = /Offending .*key in (.+):\d+/.exec(errors) ?? [];
  const [key] = /SHA256:[\w+/]+/.exec(errors) ?? [];
  const command = [
    'ssh-keygen',
    ...(file === undefined ? [] : [`-f "${file}"`]),
    host === undefined ? '-R' : `-R "${host}"`,
  ];
  return say(
    'its host key is not the one that ssh knows. If its administrators confirm the new key{0}, remove the old one with {1} and connect again',
    key === undefined ? '' : ` (${key})`,
    command.join(' '),
  );
};

const phrases: readonly (readonly [RegExp, Phrase])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/i, changedKey],
  [
    /Host key verification failed/,
    (say) => say('its host key was not accepted. Connect once with ssh in a terminal to check the key'),
  ],
  [
    /Permission denied \(.*\)/,
    (say, errors) =>
      say(
        'it does not let you in: {0}. Check the user, the key and the agent with ssh in a terminal',
        /Permission denied \(.*\)/.exec(errors)?.[0] ?? '',
      ),
  ],
  [/Too many authentication failures/, (say) => say('it does not let you in: too many keys were tried')],
  [
    /Could not resolve hostname .*/,
    (say, errors) =>
      say(
        '{0}. Check the host of the connection, and whether your ssh configuration names it',
        lineWith(/Could not resolve hostname .*/)(say, errors),
      ),
  ],
  [
    /Connection refused/,
    (say) =>
      say(
        'nobody listens there (Connection refused). Check the host and its port; its ssh server may be down for a while',
      ),
  ],
  [
    silent,
    (say, errors) =>
      say(
        'nothing answers there ({0}). Check your network, and whether the host wants a VPN',
        lineWith(silent)(say, errors),
      ),
  ],
  [
    /Bad configuration option.*|terminating, .* bad configuration options/,
    lineWith(/.*Bad configuration option.*/),
  ],
  [
    /Connection (to .* )?(closed|reset)|Broken pipe|mux_client|Control socket/,
    (say) => say('the connection was dropped'),
  ],
];
