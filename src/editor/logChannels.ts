import * as vscode from 'vscode';
import { toLogKey, formatLogTitle, type LogTarget } from '../commands/resolveTargets.js';
import { sanitize } from '../lib/sanitize.js';
import { createChannelSink } from './channelSink.js';
import type { FollowLogDeps } from './followLog.js';
import { LogFollower } from './logFollower.js';
import { createChannel } from './window.js';

/** Maximum number of channels; the oldest is closed for a new one. */
const maxChannels = 20;

/** Maximum length of a channel, in characters; only the end of a longer log is shown. */
const maxChannelChars = 10_000_000;

interface OpenChannel {
  readonly channel: vscode.OutputChannel;
  readonly follower: LogFollower;
}

/** One output channel per job whose log was opened. */
export class LogChannels implements vscode.Disposable {
  readonly #open = new Map<string, OpenChannel>();

  constructor(private readonly deps: FollowLogDeps) {}

  /**
   * Shows a job's channel without moving the focus, reads the log again if necessary, and follows it until
   * the job finishes.
   */
  show(target: LogTarget): void {
    const id = toLogKey(target);
    const open = this.#open.get(id) ?? this.#createChannel(target);
    this.#open.set(id, open);
    open.channel.show(true);
    open.follower.read(target);
    for (const old of [...this.#open.keys()]) {
      if (this.#open.size <= maxChannels) break;
      this.#close(old);
    }
  }

  /** The key of the log whose channel a document shows. */
  findKey({ uri }: vscode.TextDocument): string | undefined {
    if (uri.scheme !== 'output') return undefined;
    return [...this.#open].find(([, { channel }]) => uri.path.endsWith(`-${channel.name}`))?.[0];
  }

  #createChannel(target: LogTarget): OpenChannel {
    const channel = createChannel(
      sanitize(formatLogTitle(target))
        .replace(/[\\/:*?"<>|]/g, '_')
        .slice(0, 100),
    );
    return {
      channel,
      follower: new LogFollower(target, createChannelSink(channel), maxChannelChars, this.deps),
    };
  }

  /** Shows all logs again after a change of the log settings. */
  reload(): void {
    for (const { follower } of this.#open.values()) follower.restart();
  }

  /** Closes a job's channels. */
  forget(rowId: string): void {
    for (const id of [...this.#open.keys()]) if (isJobLog(id, rowId)) this.#close(id);
  }

  /** True while the output panel shows one of a job's channels. */
  isVisible(rowId: string): boolean {
    const shown = vscode.window.visibleTextEditors
      .map(({ document }) => document.uri)
      .filter(({ scheme }) => scheme === 'output');
    // The editor of a channel has the channel's id as its path, which ends with the name.
    // Source: VS Code `mainThreadOutputService.ts`.
    return [...this.#open].some(
      ([id, { channel }]) =>
        isJobLog(id, rowId) && shown.some(({ path }) => path.endsWith(`-${channel.name}`)),
    );
  }

  #close(id: string): void {
    const open = this.#open.get(id);
    open?.follower.stop();
    open?.channel.dispose();
    this.#open.delete(id);
  }

  dispose(): void {
    for (const id of [...this.#open.keys()]) this.#close(id);
  }
}

/** True for the key of a job's main log, or of another of its logs. */
const isJobLog = (id: string, rowId: string): boolean => id === rowId || id.startsWith(`${rowId}/`);
