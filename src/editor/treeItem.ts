import * as vscode from 'vscode';
import type { Row } from '../core/presentation/rows.js';
import { plainInMarkdown } from '../core/presentation/tooltip.js';
import { createTreeItem, markdownTooltip } from './window.js';

const expansion = {
  no: vscode.TreeItemCollapsibleState.None,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  open: vscode.TreeItemCollapsibleState.Expanded,
} as const;

/** A row as a tree item, without its tooltip. Clicking it runs `batchJobs.open` with `argument`. */
export function treeItem(row: Row, argument: unknown): vscode.TreeItem {
  const item = createTreeItem(row, expansion[row.expands]);
  item.id = row.id;
  item.contextValue = row.context;
  if (row.icon !== undefined) {
    item.iconPath = new vscode.ThemeIcon(
      row.icon,
      row.colour === undefined ? undefined : new vscode.ThemeColor(row.colour),
    );
  }
  if (row.opens) {
    item.command = {
      command: 'batchJobs.open',
      title: 'Open',
      arguments: [argument, row.opens],
    };
  }
  return item;
}

/** The tooltip of a row, or its label. Its only link copies the job's id. */
export const tooltipFor = ({ tooltip, label }: Row): vscode.MarkdownString =>
  markdownTooltip(tooltip ?? plainInMarkdown(label), ['batchJobs.copyId']);
