import * as vscode from 'vscode';
import type { Paper } from '../commands/ui.js';

/** The scheme of documents that only exist here: read-only, never asked to be saved. */
export const paperScheme = 'batch-jobs';

/** How many papers are kept for tabs that are still open. */
const kept = 50;

/** Shows texts as read-only documents. */
export class Papers implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(paperScheme, this);
  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(uri.path) ??
      vscode.l10n.t('This document was only shown once and is not kept. Open it again from where it came.')
    );
  }

  /** Opens a paper in a preview tab; one of the same title shows the new text. */
  async show(paper: Paper): Promise<void> {
    const uri = vscode.Uri.from({ scheme: paperScheme, path: `/${paper.title.replace(/[\\/]/g, '_')}` });
    this.#texts.delete(uri.path);
    this.#texts.set(uri.path, paper.text);
    for (const old of [...this.#texts.keys()].slice(0, -kept)) this.#texts.delete(old);
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
