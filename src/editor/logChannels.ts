import type * as vscode from 'vscode';
import type { Target } from '../commands/target.js';
import { rowIdOf } from '../commands/target.js';
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
  show(target: Target): void {
    const id = rowIdOf(target);
    const open = this.#open.get(id) ?? this.#make(target);
    this.#open.set(id, open);
    open.channel.show(true);
    open.follower.read(target);
    for (const old of [...this.#open.keys()]) {
      if (this.#open.size <= kept) break;
      this.forget(old);
    }
  }

  #make(target: Target): Open {
    const channel = createChannel(
      printable(`Job ${target.job.name} (${target.job.id})`)
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

  /** Closes a job's channel. */
  forget(rowId: string): void {
    const open = this.#open.get(rowId);
    if (!open) return;
    open.follower.stop();
    open.channel.dispose();
    this.#open.delete(rowId);
  }

  dispose(): void {
    for (const id of [...this.#open.keys()]) this.forget(id);
  }
}
