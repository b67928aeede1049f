import * as vscode from 'vscode';
import type { Paper } from '../commands/ui.js';
import { boundText, maxShownText } from '../core/logs/boundedText.js';
import { bytesText } from '../core/presentation/duration.js';
import { wellFormed, printable } from '../lib/printable.js';
import { showMessage } from './window.js';

/** URI scheme of virtual documents, which are read-only and never need saving. */
export const paperScheme = 'batch-jobs';

/** Maximum number of documents kept for open tabs, and their maximum total length in characters. */
const maxPapers = 50;
const maxKeptChars = 20_000_000;

const keyOf = ({ path, query }: vscode.Uri): string => JSON.stringify([path, query]);

/** Shows texts as read-only documents. */
export class Papers implements vscode.TextDocumentContentProvider, vscode.Disposable {
  /** Texts by document URI, the one shown last at the end. */
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  // Initialized before the registration, when VS Code subscribes to it.
  readonly onDidChange = this.#changed.event;
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(paperScheme, this);

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(keyOf(uri)) ??
      'This document is no longer available. Open it again with the command that showed it.'
    );
  }

  /**
   * Opens a document in a preview tab. A document with the same title and subject shows the new text. A very
   * long text is truncated.
   */
  async show(paper: Paper): Promise<void> {
    const name = printable(paper.title.replace(/[\\/]/g, '_'));
    const uri = vscode.Uri.from({
      scheme: paperScheme,
      path: `/${name}`,
      query: wellFormed(paper.about ?? ''),
    });
    this.#keep(keyOf(uri), boundText(paper.text));
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
    if (paper.text.length > maxShownText) void this.#tellCut(paper);
  }

  /** Stores a text, and removes the oldest ones beyond the limits. */
  #keep(key: string, text: string): void {
    this.#texts.delete(key);
    this.#texts.set(key, wellFormed(text));
    let chars = [...this.#texts.values()].reduce((sum, kept) => sum + kept.length, 0);
    for (const [old, kept] of this.#texts) {
      if (old === key || (this.#texts.size <= maxPapers && chars <= maxKeptChars)) return;
      this.#texts.delete(old);
      chars -= kept.length;
    }
  }

  async #tellCut({ title, text }: Paper): Promise<void> {
    const sizes = [bytesText(text.length), bytesText(maxShownText)] as const;
    await showMessage('warning', `${title} is very long (${sizes[0]}); the first ${sizes[1]} are shown.`);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
