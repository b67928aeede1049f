import { closeSync, openSync, readSync } from 'node:fs';
import { toOneLine } from '../lib/sanitize.js';

/** The maximum size of ssh's messages: bytes, lines, and characters of a line. */
const maxBytes = 32_768;
const maxLines = 200;
const maxLineLength = 500;

/** The maximum length of a server's message, in characters. */
const maxWordsLength = 200;

/** Reads ssh's own messages from its file; empty if there is none. */
export function readMessages(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(maxBytes);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, maxBytes, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    // It wrote nothing, or was never started.
    return '';
  }
}

/** True if the host accepts no further session on the open connection. */
export const isSessionRefused = (messages: string): boolean =>
  listOwnLines(messages).some((line) => line.includes('session request failed') || isOpenRefused(line));

const isOpenRefused = (line: string): boolean =>
  line.includes('open failed') && line.includes('administratively prohibited');

/**
 * Why ssh could not reach a host, as a phrase, from its own messages. Messages that the server sends through
 * the proper channel are never mistaken for them; where ssh repeats a server's message, it is quoted. Source:
 * the texts of OpenSSH 8 to 10.
 */
export function parseSshError(messages: string): string {
  const lines = listOwnLines(messages);
  const known = errorPhrases.find(({ fits }) => lines.some(fits));
  if (known) return known.phrase(lines);
  const last = lines.findLast((line) => !isNotice(line));
  if (last !== undefined) return last;
  return 'ssh exited without output';
}

/**
 * The lines that can be ssh's own. The message with which a server ends a connection can have several lines:
 * everything after its first line can come from the server.
 */
function listOwnLines(messages: string): readonly string[] {
  const lines = messages
    .slice(0, maxBytes)
    .split('\n', maxLines)
    .map((line) => toOneLine(line.slice(0, maxLineLength), maxLineLength))
    .filter((line) => line !== '');
  const end = lines.findIndex((line) => line.startsWith(disconnectPrefix));
  return end < 0 ? lines : lines.slice(0, end + 1);
}

const disconnectPrefix = 'Received disconnect from ';

const isNotice = (line: string): boolean =>
  line.startsWith('Warning: Permanently added') || /^debug\d:/.test(line);

interface ErrorPhrase {
  readonly fits: (line: string) => boolean;
  readonly phrase: (lines: readonly string[]) => string;
}

const createLineMatcher =
  (...parts: readonly string[]) =>
  (line: string): boolean =>
    parts.some((part) => line.includes(part));

/** The rest of the first line that contains one of these parts, starting with it. */
function getTextFrom(lines: readonly string[], ...parts: readonly string[]): string {
  for (const line of lines)
    for (const part of parts) {
      const at = line.indexOf(part);
      if (at >= 0) return line.slice(at);
    }
  return '';
}

/** The text between two others in a line that has both; undefined if there is none. */
function getTextBetween(lines: readonly string[], first: string, second: string): string | undefined {
  for (const line of lines) {
    const at = line.indexOf(first);
    const end = at < 0 ? -1 : line.indexOf(second, at + first.length);
    if (end >= 0) return line.slice(at + first.length, end);
  }
  return undefined;
}

/**
 * A host as in the known_hosts file, and the path of a file, without characters that are special in a shell.
 */
const isPlainHost = (text: string): boolean => /^[A-Za-z0-9[][\w.:[\]-]*$/.test(text);
const isPlainPath = (text: string): boolean =>
  /^[/~A-Za-z][\w ./:@+,~\\-]*$/.test(text) && !text.endsWith('\\');

/**
 * Includes the host's current key, for its administrators to confirm, and the command that removes the old
 * one.
 */
const formatChangedKey = (lines: readonly string[]): string => {
  const host = getTextBetween(lines, 'Host key for ', ' has changed');
  const offending = lines.find((line) => line.startsWith('Offending '));
  const file =
    offending === undefined
      ? undefined
      : getTextBetween([offending.replace(/:\d{1,9}$/, '\n')], 'key in ', '\n');
  const key = lines.map((line) => /^SHA256:[\w+/]{1,100}/.exec(line)?.[0]).find((one) => one !== undefined);
  const print = key === undefined ? '' : ` (${key})`;
  if (host === undefined || !isPlainHost(host) || (file !== undefined && !isPlainPath(file)))
    return `its host key has changed. If its administrators confirm the new key${print}, remove the old one from your known_hosts file and connect again`;
  const command = ['ssh-keygen', ...(file === undefined ? [] : [`-f "${file}"`]), `-R "${host}"`];
  return `its host key has changed. If its administrators confirm the new key${print}, remove the old one with ${command.join(' ')} and connect again`;
};

const noResponseTexts = [
  'Connection timed out',
  'No route to host',
  'Network is unreachable',
  'Operation timed out',
] as const;

const badConfigurationTexts = ['Bad configuration option', 'bad configuration options'] as const;

/** The server's message when it ended the connection. */
function getServerWords(lines: readonly string[]): string {
  const line = lines.find((one) => one.startsWith(disconnectPrefix)) ?? '';
  return (
    /^[^ ]+ port \d{1,5}:\d{1,9}: (.*)$/
      .exec(line.slice(disconnectPrefix.length))?.[1]
      ?.slice(0, maxWordsLength) ?? ''
  );
}

/** ssh's own lines: those that start this way, after `user@host: ` or the name of the program. */
const errorPhrases: readonly ErrorPhrase[] = [
  {
    fits: (line) =>
      line.includes('REMOTE HOST IDENTIFICATION HAS CHANGED') ||
      (line.startsWith('Host key for ') && line.includes(' has changed')),
    phrase: formatChangedKey,
  },
  {
    fits: createLineMatcher('Host key verification failed'),
    phrase: () => 'its host key was not accepted. Connect once with ssh in a terminal to verify the key',
  },
  {
    fits: createLineMatcher('Permission denied ('),
    phrase: (lines) =>
      `access denied: ${getTextFrom(lines, 'Permission denied (').replace(/\)\.?$/, ')')}. Check the user, the key, and the agent with ssh in a terminal`,
  },
  {
    fits: (line) => line.startsWith(disconnectPrefix) && line.includes('Too many authentication failures'),
    phrase: () => 'access denied: too many keys were tried',
  },
  {
    fits: (line) => line.startsWith(disconnectPrefix),
    phrase: (lines) => `connection closed by the host: "${getServerWords(lines)}"`,
  },
  {
    fits: createLineMatcher('Could not resolve hostname '),
    phrase: (lines) =>
      `${getTextFrom(lines, 'Could not resolve hostname ')}. Check the connection's host and your SSH configuration`,
  },
  {
    fits: createLineMatcher('Connection refused'),
    phrase: () => 'connection refused. Check the host and port; its SSH server may be down',
  },
  {
    fits: createLineMatcher(...noResponseTexts),
    phrase: (lines) =>
      `no response (${noResponseTexts.find((one) => lines.some(createLineMatcher(one))) ?? ''}). Check your network and whether the host requires a VPN`,
  },
  {
    fits: createLineMatcher(...badConfigurationTexts),
    phrase: (lines) => lines.find(createLineMatcher(...badConfigurationTexts)) ?? '',
  },
  {
    fits: createLineMatcher(
      'Connection closed',
      'Connection reset',
      'Connection to ',
      'Broken pipe',
      'mux_client',
      'Control socket',
    ),
    phrase: () => 'the connection was dropped',
  },
];
