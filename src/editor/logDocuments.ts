import * as vscode from 'vscode';
import { toLogKey, parseLogSource, type LogTarget, type JobTarget } from '../commands/resolveTargets.js';
import { isActive } from '../core/domain/job.js';
import { toFileName } from '../core/logs/formatLog.js';
import type { FollowLogDeps } from './followLog.js';
import { TextWithLastLine } from './textWithLastLine.js';
import { LogFollower } from './logFollower.js';

/** URI scheme of logs in editors: read-only files that grow until the job finishes. */
export const logScheme = 'batch-jobs-log';

/** Maximum length of a log in an editor, in characters, from its end; *Save Log As…* has no limit. */
const maxDocumentChars = 20_000_000;

/** How long opening a log waits for existing output: of running and of finished jobs, in milliseconds. */
const firstReadMs = 400;
const finishedReadMs = 5_000;

/** Minimum interval between replacements of the last line, in milliseconds. */
const redrawMs = 500;

interface OpenDocument {
  readonly held: TextWithLastLine;
  changed: number;
  readonly follower: LogFollower;
  timer?: NodeJS.Timeout | undefined;
}

/**
 * Shows logs as read-only documents that follow their job. A document that a window restores finds its job
 * again.
 */
export class LogDocuments implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #open = new Map<string, OpenDocument>();
  readonly #changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changes.event;
  readonly #registrations = vscode.Disposable.from(
    vscode.workspace.registerFileSystemProvider(logScheme, this, { isReadonly: true, isCaseSensitive: true }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      this.#close(uri.toString());
    }),
    // A document outlives its tab for a while; opening it again has to read its log again.
    vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
      for (const { input } of closed)
        if (input instanceof vscode.TabInputText && !hasTab(input.uri)) this.#close(input.uri.toString());
    }),
  );

  constructor(
    private readonly locate: (rowId: string) => Promise<JobTarget | undefined>,
    private readonly deps: FollowLogDeps,
  ) {}

  /** Opens a job's log in an editor, scrolled to the end while it grows. */
  async show(target: LogTarget): Promise<void> {
    const { job, source } = target;
    const named = source ? ` ${toFileName(source.title)}` : '';
    const path = `/${toFileName(job.name)} (${toFileName(job.id)})${named}.log`;
    const uri = vscode.Uri.from({ scheme: logScheme, path, query: toLogKey(target) });
    await this.#readAgain(uri, target);
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, { preview: false });
    if (!isActive(target.job)) return;
    const end = new vscode.Position(document.lineCount, 0);
    editor.selection = new vscode.Selection(end, end);
    editor.revealRange(new vscode.Range(end, end));
  }

  /** True while an editor on the screen shows one of a job's logs. */
  isVisible(rowId: string): boolean {
    return vscode.window.visibleTextEditors.some(
      ({ document: { uri } }) =>
        uri.scheme === logScheme && (uri.query === rowId || uri.query.startsWith(`${rowId}/`)),
    );
  }

  /** Shows all logs again after a change of the log settings. */
  reload(): void {
    for (const { follower } of this.#open.values()) follower.restart();
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { held, changed } = await this.#read(uri);
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: changed,
      size: Buffer.byteLength(held.text),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return Buffer.from((await this.#read(uri)).held.text);
  }

  async #read(uri: vscode.Uri): Promise<OpenDocument> {
    const known = this.#open.get(uri.toString());
    if (known) return known;
    const job = await this.locate(uri.query);
    if (!job) throw vscode.FileSystemError.FileNotFound(uri);
    const id = parseLogSource(uri.query);
    const target = id === undefined ? job : { ...job, source: { id, title: id } };
    const open = this.#open.get(uri.toString()) ?? this.#follow(uri, target);
    await waitForFirstRead(open, target);
    return open;
  }

  /** Reads an open log again if it has ended or failed, since it may have been read too early. */
  async #readAgain(uri: vscode.Uri, target: LogTarget): Promise<void> {
    const open = this.#open.get(uri.toString());
    if (!open) return;
    open.follower.read(target);
    await waitForFirstRead(open, target);
  }

  #follow(uri: vscode.Uri, target: LogTarget): OpenDocument {
    const held = new TextWithLastLine();
    const changing =
      <T extends readonly unknown[]>(change: (...args: T) => void) =>
      (...args: T): void => {
        change(...args);
        this.#scheduleChange(uri, open);
      };
    const sink = {
      append: changing((text: string) => {
        held.append(text);
      }),
      replaceAll: changing((text: string) => {
        held.replaceAll(text);
      }),
      shown: () => held.text,
      redraw: {
        everyMs: () => redrawMs,
        replaceEnd: changing((chars: number, text: string) => {
          held.replaceEnd(chars, text);
        }),
      },
    };
    const follower = new LogFollower(target, sink, maxDocumentChars, this.deps);
    const open: OpenDocument = { held, changed: Date.now(), follower };
    this.#open.set(uri.toString(), open);
    follower.read(target);
    return open;
  }

  /** Notifies the editor, which then reads the whole text again; less often for longer texts. */
  #scheduleChange(uri: vscode.Uri, open: OpenDocument): void {
    open.changed = Math.max(open.changed + 1, Date.now());
    open.timer ??= setTimeout(
      () => {
        open.timer = undefined;
        this.#changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
      },
      Math.max(500, open.held.length / 1000),
    );
  }

  #close(key: string): void {
    const open = this.#open.get(key);
    open?.follower.stop();
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

/** True if an editor shows it, including in background tabs. */
const hasTab = (uri: vscode.Uri): boolean =>
  vscode.window.tabGroups.all.some(({ tabs }) =>
    tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString()),
  );

/** Waits for existing output, which a slow file system may not have yet. */
async function waitForFirstRead({ follower }: OpenDocument, { job }: JobTarget): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, isActive(job) ? firstReadMs : finishedReadMs);
  });
  await Promise.race([follower.done, late]);
  clearTimeout(timer);
}
