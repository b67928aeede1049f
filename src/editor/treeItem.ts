import * as vscode from 'vscode';
import type { Row } from '../core/rows.js';

const expansion = {
  no: vscode.TreeItemCollapsibleState.None,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  open: vscode.TreeItemCollapsibleState.Expanded,
} as const;

/** A row in VS Code's own form, without its tooltip. A click on it runs `batchJobs.open` with `argument`. */
export function treeItem(row: Row, argument: unknown): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, expansion[row.expands]);
  item.id = row.id;
  item.contextValue = row.context;
  item.accessibilityInformation = { label: row.spoken };
  if (row.description !== undefined) item.description = row.description;
  if (row.icon !== undefined) {
    item.iconPath = new vscode.ThemeIcon(
      row.icon,
      row.colour === undefined ? undefined : new vscode.ThemeColor(row.colour),
    );
  }
  if (row.opens) {
    item.command = {
      command: 'batchJobs.open',
      title: vscode.l10n.t('Open'),
      arguments: [argument, row.opens],
    };
  }
  return item;
}

/** The tooltip of a row; its label where it has nothing more to tell. */
export function tooltipFor({ tooltip, label }: Row): vscode.MarkdownString | string {
  return tooltip === undefined ? label : markdown(tooltip);
}

function markdown(text: string): vscode.MarkdownString {
  const shown = new vscode.MarkdownString(text, true);
  // The one link a tooltip has copies the job's id.
  shown.isTrusted = { enabledCommands: ['batchJobs.copyId'] };
  return shown;
}
