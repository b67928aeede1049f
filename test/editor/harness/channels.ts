import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { eventually, patienceMs } from './wait.js';

/**
 * The whole text of an output channel, from the server's log file: the screen shows only part of it. With
 * several of the same name (other windows, an earlier start) the one written last; '' if none exists.
 */
export function channelText(user: string, name: string): string {
  const [newest] = channelFiles(user, name);
  return newest === undefined ? '' : readFileSync(newest, 'utf8');
}

/** Waits until a channel contains a text. */
export function channelWith(
  user: string,
  name: string,
  pattern: RegExp,
  ms: number = patienceMs,
): Promise<RegExpExecArray> {
  return eventually(
    () => pattern.exec(channelText(user, name)) ?? undefined,
    () => `the output channel "${name}" has no ${String(pattern)}; it contains:\n${channelText(user, name)}`,
    ms,
  );
}

/** Names of the output channels that were written to, as VS Code spells them in files, the newest last. */
export const channelNames = (user: string): readonly string[] => [
  ...new Set(
    logFiles(user)
      .map((file) => ({ file, at: statSync(file).birthtimeMs }))
      .sort((a, b) => a.at - b.at)
      .map(({ file }) => channelName(file)),
  ),
];

const channelName = (file: string): string => basename(file, '.log').replace(/^\d+-/, '');

function channelFiles(user: string, name: string): readonly string[] {
  const spelled = name.replace(/[\\/:*?"<>|]/g, ''); // how VS Code derives a file name from a channel's name
  return logFiles(user)
    .filter((file) => channelName(file) === spelled)
    .map((file) => ({ file, at: statSync(file).mtimeMs }))
    .sort((a, b) => b.at - a.at)
    .map(({ file }) => file);
}

function logFiles(user: string): readonly string[] {
  const logs = join(user, 'logs');
  if (!existsSync(logs)) return [];
  return readdirSync(logs, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
    .map((entry) => join(entry.parentPath, entry.name));
}
