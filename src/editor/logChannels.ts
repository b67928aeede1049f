import type * as vscode from 'vscode';
import { logKeyOf, logTitle, type LogTarget } from '../commands/target.js';
import { printable } from '../lib/printable.js';
import { createChannelSink } from './channelSink.js';
import type { Following } from './followLog.js';
import { LogFollower } from './logFollower.js';
import { createChannel } from './window.js';

/** How many channels are kept; the oldest is closed for the next one. */
const kept = 20;

/** A channel shows this much at most, in characters; a longer log begins near its end. */
const mostChars = 10_000_000;

interface Open {
  readonly channel: vscode.OutputChannel;
  readonly follower: LogFollower;
}

/** One output channel for each job whose log was asked for. */
export class LogChannels implements vscode.Disposable {
  readonly #open = new Map<string, Open>();

  constructor(private readonly about: Following) {}

  /** Shows a job's channel without taking the focus; it is filled, also anew, and followed until the job ends. */
  show(target: LogTarget): void {
    const id = logKeyOf(target);
    const open = this.#open.get(id) ?? this.#make(target);
    this.#open.set(id, open);
    open.channel.show(true);
    open.follower.read(target);
    for (const old of [...this.#open.keys()]) {
      if (this.#open.size <= kept) break;
      this.#close(old);
    }
  }

  #make(target: LogTarget): Open {
    const channel = createChannel(
      printable(logTitle(target))
        .replace(/[\\/:*?"<>|]/g, '_')
        .slice(0, 100),
    );
    return {
      channel,
      follower: new LogFollower(target, createChannelSink(channel), mostChars, this.about),
    };
  }

  /** Shows all logs anew: how they are shown has changed. */
  reload(): void {
    for (const { follower } of this.#open.values()) follower.restart();
  }

  /** Closes the channels of a job. */
  forget(rowId: string): void {
    for (const id of [...this.#open.keys()]) if (id === rowId || id.startsWith(`${rowId}/`)) this.#close(id);
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
