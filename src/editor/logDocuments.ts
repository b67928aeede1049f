import * as vscode from 'vscode';
import { rowIdOf, type Target } from '../commands/target.js';
import { isActive } from '../core/job.js';
import { fileName } from '../core/logText.js';
import { followLog, type Following } from './followLog.js';

/** The scheme of logs in editors: read-only files that grow until their job ends. */
export const logScheme = 'batch-jobs-log';

/** An editor shows this much at most, in characters, the end of the log; *Save Log As…* has no bound. */
const mostChars = 20_000_000;

/** How long the first look at a running job's log waits for what is there already. */
const firstLookMs = 400;

interface Open {
  text: string;
  changed: number;
  readonly stop: AbortController;
  readonly whole: Promise<void>;
  timer?: NodeJS.Timeout | undefined;
}

/** Shows logs as read-only documents that follow their job. A document that a window opens again finds its job again. */
export class LogDocuments implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #open = new Map<string, Open>();
  readonly #changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changes.event;
  readonly #registrations = vscode.Disposable.from(
    vscode.workspace.registerFileSystemProvider(logScheme, this, { isReadonly: true, isCaseSensitive: true }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      this.#close(uri.toString());
    }),
  );

  constructor(
    private readonly locate: (rowId: string) => Promise<Target | undefined>,
    private readonly about: Following,
  ) {}

  /** Opens a job's log in an editor, at its end while it still grows. */
  async show(target: Target): Promise<void> {
    const path = `/${fileName(target.job.name)} (${fileName(target.job.id)}).log`;
    const uri = vscode.Uri.from({ scheme: logScheme, path, query: rowIdOf(target) });
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, { preview: false });
    if (!isActive(target.job)) return;
    const end = new vscode.Position(document.lineCount, 0);
    editor.selection = new vscode.Selection(end, end);
    editor.revealRange(new vscode.Range(end, end));
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { text, changed } = await this.#read(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime: changed, size: Buffer.byteLength(text) };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return Buffer.from((await this.#read(uri)).text);
  }

  async #read(uri: vscode.Uri): Promise<Open> {
    const known = this.#open.get(uri.toString());
    if (known) return known;
    const target = await this.locate(uri.query);
    if (!target) throw vscode.FileSystemError.FileNotFound(uri);
    const open = this.#open.get(uri.toString()) ?? this.#follow(uri, target);
    const look = new Promise<void>((resolve) => setTimeout(resolve, firstLookMs));
    await (isActive(target.job) ? Promise.race([open.whole, look]) : open.whole);
    return open;
  }

  #follow(uri: vscode.Uri, target: Target): Open {
    const stop = new AbortController();
    const sink = {
      append: (text: string) => {
        this.#grown(uri, open, open.text + text);
      },
      replaceAll: (text: string) => {
        this.#grown(uri, open, text);
      },
    };
    const whole = Promise.resolve().then(() => followLog(target, sink, mostChars, this.about, stop.signal));
    const open: Open = { text: '', changed: Date.now(), stop, whole };
    this.#open.set(uri.toString(), open);
    return open;
  }

  /** Tells the editor, which then reads the whole again: the longer the text, the more seldom. */
  #grown(uri: vscode.Uri, open: Open, text: string): void {
    open.text = text;
    open.changed = Math.max(open.changed + 1, Date.now());
    open.timer ??= setTimeout(
      () => {
        open.timer = undefined;
        this.#changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
      },
      Math.max(500, text.length / 1000),
    );
  }

  #close(key: string): void {
    const open = this.#open.get(key);
    open?.stop.abort();
    clearTimeout(open?.timer);
    this.#open.delete(key);
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    for (const key of [...this.#open.keys()]) this.#close(key);
    this.#registrations.dispose();
    this.#changes.dispose();
  }
}
