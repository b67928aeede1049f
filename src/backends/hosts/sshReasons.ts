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

const phrases: readonly (readonly [RegExp, Phrase])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/i,
    (say) =>
      say(
        'its host key is not the one that ssh knows. If its administrators confirm the new key, remove the old one with "ssh-keygen -R" and connect again',
      ),
  ],
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
  [/Could not resolve hostname .*/, lineWith(/Could not resolve hostname .*/)],
  [
    /(Connection refused|Connection timed out|No route to host|Network is unreachable|Operation timed out)/,
    lineWith(
      /(Connection refused|Connection timed out|No route to host|Network is unreachable|Operation timed out)/,
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
