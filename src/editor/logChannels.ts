import type * as vscode from 'vscode';
import type { Target } from '../commands/target.js';
import { rowIdOf } from '../commands/target.js';
import { printable } from '../core/printable.js';
import { followLog, type Following } from './followLog.js';
import { createChannel } from './window.js';

/** How many channels are kept; the oldest is closed for the next one. */
const kept = 20;

/** A channel shows this much at most, in characters; a longer log begins near its end. */
const mostChars = 10_000_000;

interface Open {
  readonly target: Target;
  readonly channel: vscode.OutputChannel;
  stop: AbortController;
  /** True while its log is being read. */
  isFollowing: boolean;
}

/** One output channel for each job whose log was asked for. */
export class LogChannels implements vscode.Disposable {
  readonly #open = new Map<string, Open>();

  constructor(private readonly following: Following) {}

  /** Shows a job's channel without taking the focus; it is filled and followed until the job ends. */
  show(target: Target): void {
    const id = rowIdOf(target);
    const known = this.#open.get(id);
    if (known) {
      known.channel.show(true);
      if (!known.isFollowing && known.stop.signal.aborted) this.#follow(target, known);
      return;
    }
    const channel = createChannel(
      printable(`Job ${target.job.name} (${target.job.id})`)
        .replace(/[\\/:*?"<>|]/g, '_')
        .slice(0, 100),
    );
    const open: Open = { target, channel, stop: new AbortController(), isFollowing: false };
    this.#open.set(id, open);
    channel.show(true);
    this.#follow(target, open);
    for (const [old, { stop }] of this.#open) {
      if (this.#open.size <= kept) break;
      stop.abort();
      this.forget(old);
    }
  }

  #follow(target: Target, open: Open): void {
    const { channel, stop } = open;
    open.isFollowing = true;
    const sink = {
      append: (text: string) => {
        channel.append(text);
      },
      replaceAll: (text: string) => {
        channel.replace(text);
      },
    };
    void followLog(target, sink, mostChars, this.following, stop.signal).finally(() => {
      if (open.stop === stop) open.isFollowing = false;
    });
  }

  /** Shows all logs anew: how they are shown has changed. */
  reload(): void {
    for (const open of this.#open.values()) {
      open.stop.abort();
      open.stop = new AbortController();
      open.channel.clear();
      this.#follow(open.target, open);
    }
  }

  /** Closes a job's channel. */
  forget(rowId: string): void {
    const open = this.#open.get(rowId);
    if (!open) return;
    open.stop.abort();
    open.channel.dispose();
    this.#open.delete(rowId);
  }

  dispose(): void {
    for (const id of [...this.#open.keys()]) this.forget(id);
  }
}
