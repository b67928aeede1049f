import { closeSync, openSync, readSync } from 'node:fs';
import { oneLine } from '../lib/printable.js';

/** The most that is read of ssh's messages: bytes, lines, and characters of a line. */
const maxBytes = 32_768;
const maxLines = 200;
const maxLine = 500;

/** The longest words of a server that are shown, in characters. */
const maxWords = 200;

/** What ssh itself wrote into its file of messages, as much as is read of it; empty where there is none. */
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

/** True where the host lets no further program run over the open connection. */
export const isSessionRefused = (messages: string): boolean =>
  linesOf(messages).some((line) => line.includes('session request failed') || isOpenRefused(line));

const isOpenRefused = (line: string): boolean =>
  line.includes('open failed') && line.includes('administratively prohibited');

/**
 * Why ssh could not reach a host, as a phrase, from its own messages. What a server says is never taken for them, as far
 * as it comes by the way that is for it; where ssh hands words of the server on, they are quoted. Source: the texts of
 * OpenSSH 8 to 10.
 */
export function sshReason(messages: string): string {
  const lines = linesOf(messages);
  const known = phrases.find(({ fits }) => lines.some(fits));
  if (known) return known.phrase(lines);
  const last = lines.findLast((line) => !isNotice(line));
  if (last !== undefined) return last;
  return 'ssh exited without output';
}

/**
 * The lines that may be ssh's own. The words with which a server ends a connection stand behind its own, and may have line
 * ends: what comes after them may be the server's.
 */
function linesOf(messages: string): readonly string[] {
  const lines = messages
    .slice(0, maxBytes)
    .split('\n', maxLines)
    .map((line) => oneLine(line.slice(0, maxLine), maxLine))
    .filter((line) => line !== '');
  const end = lines.findIndex((line) => line.startsWith(disconnect));
  return end < 0 ? lines : lines.slice(0, end + 1);
}

const disconnect = 'Received disconnect from ';

const isNotice = (line: string): boolean =>
  line.startsWith('Warning: Permanently added') || /^debug\d:/.test(line);

interface Phrase {
  readonly fits: (line: string) => boolean;
  readonly phrase: (lines: readonly string[]) => string;
}

const having =
  (...parts: readonly string[]) =>
  (line: string): boolean =>
    parts.some((part) => line.includes(part));

/** The rest of the first line that has one of these, from there on. */
function from(lines: readonly string[], ...parts: readonly string[]): string {
  for (const line of lines)
    for (const part of parts) {
      const at = line.indexOf(part);
      if (at >= 0) return line.slice(at);
    }
  return '';
}

/** What stands between two texts in a line that has both; undefined: there is none. */
function between(lines: readonly string[], first: string, second: string): string | undefined {
  for (const line of lines) {
    const at = line.indexOf(first);
    const end = at < 0 ? -1 : line.indexOf(second, at + first.length);
    if (end >= 0) return line.slice(at + first.length, end);
  }
  return undefined;
}

/** A host as ssh names it in its file of known ones, and the path of a file: nothing that a shell takes for more. */
const isPlainHost = (text: string): boolean => /^[A-Za-z0-9[][\w.:[\]-]*$/.test(text);
const isPlainPath = (text: string): boolean =>
  /^[/~A-Za-z][\w ./:@+,~\\-]*$/.test(text) && !text.endsWith('\\');

/** With the key that the host has now, for its administrators to confirm, and the command that removes the old one. */
const changedKey = (lines: readonly string[]): string => {
  const host = between(lines, 'Host key for ', ' has changed');
  const offending = lines.find((line) => line.startsWith('Offending '));
  const file =
    offending === undefined ? undefined : between([offending.replace(/:\d{1,9}$/, '\n')], 'key in ', '\n');
  const key = lines.map((line) => /^SHA256:[\w+/]{1,100}/.exec(line)?.[0]).find((one) => one !== undefined);
  const print = key === undefined ? '' : ` (${key})`;
  if (host === undefined || !isPlainHost(host) || (file !== undefined && !isPlainPath(file)))
    return `its host key has changed. If its administrators confirm the new key${print}, remove the old one from your known_hosts file and connect again`;
  const command = ['ssh-keygen', ...(file === undefined ? [] : [`-f "${file}"`]), `-R "${host}"`];
  return `its host key has changed. If its administrators confirm the new key${print}, remove the old one with ${command.join(' ')} and connect again`;
};

const silent = [
  'Connection timed out',
  'No route to host',
  'Network is unreachable',
  'Operation timed out',
] as const;

const configurationWrong = ['Bad configuration option', 'bad configuration options'] as const;

/** What the server said when it ended the connection. */
function wordsOf(lines: readonly string[]): string {
  const line = lines.find((one) => one.startsWith(disconnect)) ?? '';
  return (
    /^[^ ]+ port \d{1,5}:\d{1,9}: (.*)$/.exec(line.slice(disconnect.length))?.[1]?.slice(0, maxWords) ?? ''
  );
}

/** ssh's own lines: those that begin so, behind `user@host: ` or the name of the program. */
const phrases: readonly Phrase[] = [
  {
    fits: (line) =>
      line.includes('REMOTE HOST IDENTIFICATION HAS CHANGED') ||
      (line.startsWith('Host key for ') && line.includes(' has changed')),
    phrase: changedKey,
  },
  {
    fits: having('Host key verification failed'),
    phrase: () => 'its host key was not accepted. Connect once with ssh in a terminal to verify the key',
  },
  {
    fits: having('Permission denied ('),
    phrase: (lines) =>
      `access denied: ${from(lines, 'Permission denied (').replace(/\)\.?$/, ')')}. Check the user, the key, and the agent with ssh in a terminal`,
  },
  {
    fits: (line) => line.startsWith(disconnect) && line.includes('Too many authentication failures'),
    phrase: () => 'access denied: too many keys were tried',
  },
  {
    fits: (line) => line.startsWith(disconnect),
    phrase: (lines) => `connection closed by the host: "${wordsOf(lines)}"`,
  },
  {
    fits: having('Could not resolve hostname '),
    phrase: (lines) =>
      `${from(lines, 'Could not resolve hostname ')}. Check the connection's host and your SSH configuration`,
  },
  {
    fits: having('Connection refused'),
    phrase: () => 'connection refused. Check the host and port; its SSH server may be down',
  },
  {
    fits: having(...silent),
    phrase: (lines) =>
      `no response (${silent.find((one) => lines.some(having(one))) ?? ''}). Check your network and whether the host requires a VPN`,
  },
  {
    fits: having(...configurationWrong),
    phrase: (lines) => lines.find(having(...configurationWrong)) ?? '',
  },
  {
    fits: having(
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
