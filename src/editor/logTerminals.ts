import * as vscode from 'vscode';
import { toLogKey, formatLogTitle, type LogTarget } from '../commands/resolveTargets.js';
import { sanitize } from '../lib/sanitize.js';
import type { FollowLogDeps } from './followLog.js';
import { LogFollower } from './logFollower.js';
import { createTerminalSink } from './terminalSink.js';
import { createTerminal } from './window.js';

/** How much of a log's end is shown initially, in bytes; the terminal's scrollback limits it anyway. */
const initialBytes = 1_000_000;

/** Width used if a terminal does not report one. */
const defaultColumns = 80;

interface OpenTerminal {
  readonly terminal: vscode.Terminal;
  readonly follower: LogFollower;
  /** False until VS Code accepts text for it. */
  isReady: boolean;
}

/** Shows logs in terminals, with colors and redrawn lines as the job intended. */
export class LogTerminals implements vscode.Disposable {
  readonly #open = new Map<string, OpenTerminal>();
  readonly #closing = vscode.window.onDidCloseTerminal((closed) => {
    for (const [id, { terminal }] of this.#open) if (terminal === closed) this.#open.delete(id);
  });
  readonly #deps: FollowLogDeps;

  constructor(about: FollowLogDeps) {
    this.#deps = { ...about, codes: 'terminal', beginBytes: initialBytes };
  }

  /** Shows a job's terminal without moving the focus; a log that has ended or failed is read again. */
  show(target: LogTarget): void {
    const id = toLogKey(target);
    const open = this.#open.get(id) ?? this.#createTerminal(target);
    this.#open.set(id, open);
    open.terminal.show(true);
    if (open.isReady) open.follower.read(target);
  }

  /** Shows all logs again after a change of the log settings. */
  reload(): void {
    for (const { follower, isReady } of this.#open.values()) if (isReady) follower.restart();
  }

  #createTerminal(target: LogTarget): OpenTerminal {
    const writer = new vscode.EventEmitter<string>();
    let columns = defaultColumns;
    const resize = (dimensions: vscode.TerminalDimensions | undefined): void => {
      columns = dimensions?.columns ?? columns;
    };
    const write = (text: string): void => {
      writer.fire(text);
    };
    const sink = createTerminalSink(write, () => columns);
    const follower = new LogFollower(target, sink, Infinity, this.#deps);
    const pty: vscode.Pseudoterminal = {
      onDidWrite: writer.event,
      open: (dimensions) => {
        resize(dimensions);
        open.isReady = true;
        follower.read(target);
      },
      setDimensions: resize,
      close: () => {
        follower.stop();
        writer.dispose();
      },
    };
    const name = sanitize(formatLogTitle(target));
    const terminal = createTerminal(name, pty, new vscode.ThemeIcon('output'));
    const open: OpenTerminal = { terminal, follower, isReady: false };
    return open;
  }

  dispose(): void {
    this.#closing.dispose();
    for (const { terminal } of this.#open.values()) terminal.dispose();
  }
}
