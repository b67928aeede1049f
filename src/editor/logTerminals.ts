import * as vscode from 'vscode';
import { rowIdOf, type Target } from '../commands/target.js';
import { endLine } from '../core/endLine.js';
import type { LogEvent } from '../core/log.js';
import { blocksOf } from '../core/logBlocks.js';
import { gapText, ourLine } from '../core/logText.js';
import { noticeOfError } from '../core/notice.js';
import { isAbort } from '../core/problem.js';
import { unreachable } from '../core/unreachable.js';
import type { Following } from './followLog.js';
import { printable } from '../core/printable.js';
import { createTerminal } from './window.js';

/** How much of the end a terminal begins with; it keeps no more lines than its own setting anyway. */
const beginBytes = 1_000_000;

/** Shows logs in terminals, where colours and redrawn lines look as the job meant them. */
export class LogTerminals implements vscode.Disposable {
  readonly #open = new Map<string, vscode.Terminal>();
  readonly #closing = vscode.window.onDidCloseTerminal((closed) => {
    for (const [id, terminal] of this.#open) if (terminal === closed) this.#open.delete(id);
  });

  constructor(private readonly about: Following) {}

  show(target: Target): void {
    const id = rowIdOf(target);
    const terminal = this.#open.get(id) ?? this.#make(target);
    this.#open.set(id, terminal);
    terminal.show(true);
  }

  #make(target: Target): vscode.Terminal {
    const writer = new vscode.EventEmitter<string>();
    const stop = new AbortController();
    const name = printable(`Job ${target.job.name} (${target.job.id})`);
    const pty: vscode.Pseudoterminal = {
      onDidWrite: writer.event,
      open: () =>
        void this.#write(
          target,
          (text) => {
            writer.fire(text);
          },
          stop.signal,
        ),
      close: () => {
        stop.abort();
        writer.dispose();
      },
    };
    return createTerminal(name, pty, new vscode.ThemeIcon('output'));
  }

  async #write(target: Target, write: (text: string) => void, signal: AbortSignal): Promise<void> {
    const { say, clock, log } = this.about;
    const { backend, job } = target;
    try {
      let isOpen = false;
      const events = backend.log(job.id, { at: 'end', bytes: beginBytes }, true, signal);
      for await (const block of blocksOf(events)) {
        let text = '';
        for (const event of block) {
          text += this.#text(event, isOpen);
          isOpen = event.kind === 'line' && event.open === true;
        }
        write(text);
      }
      const last = (await backend.job(job.id, signal)) ?? job;
      write(`\r\u001b[0m${endLine(last, clock.now(), say)}\r\n`);
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      log.error(`the log of ${job.id} ended early`, error);
      write(`\r\u001b[0m${ourLine(noticeOfError(error, say).text)}\r\n`);
    }
  }

  /** `isOpen`: pieces of the same line stand before it; else what was drawn of the line so far is drawn anew. */
  #text(event: LogEvent, isOpen: boolean): string {
    const begin = isOpen ? '' : '\r\u001b[K';
    switch (event.kind) {
      case 'line':
        return `${begin}${event.text}${event.open ? '' : '\r\n'}`;
      case 'partial':
        return isOpen ? '' : `${begin}${event.text}`;
      case 'gap':
        return `${gapText(event, this.about.say)}\r\n`;
      default:
        return unreachable(event);
    }
  }

  dispose(): void {
    this.#closing.dispose();
    for (const terminal of this.#open.values()) terminal.dispose();
  }
}
