import * as vscode from 'vscode';
import type { TextPreview } from '../commands/ui.js';
import { truncateText, maxShownChars } from '../core/logs/truncateText.js';
import { formatBytes } from '../core/presentation/formatting.js';
import { toWellFormed, sanitize } from '../lib/sanitize.js';
import { showMessage } from './window.js';

/** URI scheme of virtual documents, which are read-only and never need saving. */
export const previewScheme = 'batch-jobs';

/** Maximum number of documents kept for open tabs, and their maximum total length in characters. */
const maxDocuments = 50;
const maxKeptChars = 20_000_000;

const toDocumentKey = ({ path, query }: vscode.Uri): string => JSON.stringify([path, query]);

/** Shows texts as read-only documents. */
export class ReadonlyDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  /** Texts by document URI, the one shown last at the end. */
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  // Initialized before the registration, when VS Code subscribes to it.
  readonly onDidChange = this.#changed.event;
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(previewScheme, this);

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(toDocumentKey(uri)) ??
      'This document is no longer available. Open it again with the command that showed it.'
    );
  }

  /**
   * Opens a document in a preview tab. A document with the same title and subject shows the new text. A very
   * long text is truncated.
   */
  async show(paper: TextPreview): Promise<void> {
    const name = sanitize(paper.title.replace(/[\\/]/g, '_'));
    const uri = vscode.Uri.from({
      scheme: previewScheme,
      path: `/${name}`,
      query: toWellFormed(paper.about ?? ''),
    });
    this.#store(toDocumentKey(uri), truncateText(paper.text));
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
    if (paper.text.length > maxShownChars) void this.#warnTruncated(paper);
  }

  /** Stores a text, and removes the oldest ones beyond the limits. */
  #store(key: string, text: string): void {
    this.#texts.delete(key);
    this.#texts.set(key, toWellFormed(text));
    let chars = [...this.#texts.values()].reduce((sum, kept) => sum + kept.length, 0);
    for (const [old, kept] of this.#texts) {
      if (old === key || (this.#texts.size <= maxDocuments && chars <= maxKeptChars)) return;
      this.#texts.delete(old);
      chars -= kept.length;
    }
  }

  async #warnTruncated({ title, text }: TextPreview): Promise<void> {
    const sizes = [formatBytes(text.length), formatBytes(maxShownChars)] as const;
    await showMessage('warning', `${title} is very long (${sizes[0]}); the first ${sizes[1]} are shown.`);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
