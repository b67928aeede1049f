import * as vscode from 'vscode';
import type { TreeRow } from '../core/presentation/treeRows.js';
import { escapeMarkdown } from '../core/presentation/tooltip.js';
import { createTreeItem, createMarkdownTooltip } from './window.js';

const collapsibleStates = {
  no: vscode.TreeItemCollapsibleState.None,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  open: vscode.TreeItemCollapsibleState.Expanded,
} as const;

/** A row as a tree item, without its tooltip. Clicking it runs `batchJobs.open` with `argument`. */
export function toTreeItem(row: TreeRow, argument: unknown): vscode.TreeItem {
  const item = createTreeItem(row, collapsibleStates[row.expands]);
  item.id = row.id;
  item.contextValue = row.context;
  if (row.icon !== undefined) {
    item.iconPath = new vscode.ThemeIcon(
      row.icon,
      row.color === undefined ? undefined : new vscode.ThemeColor(row.color),
    );
  }
  if (row.fileName !== undefined) {
    item.iconPath = vscode.ThemeIcon.File;
    // Not of the scheme `file`: no decorations of a file on this machine with the same path.
    item.resourceUri = vscode.Uri.from({ scheme: 'batch-jobs-file', path: `/${row.fileName}` });
  }
  if (row.action) {
    item.command = {
      command: 'batchJobs.open',
      title: 'Open',
      arguments: [argument, row.action],
    };
  }
  return item;
}

/** The tooltip of a row, or its label. Its only link copies the job's id. */
export const createRowTooltip = ({ tooltip, label }: TreeRow): vscode.MarkdownString =>
  createMarkdownTooltip(tooltip ?? escapeMarkdown(label), ['batchJobs.copyId']);
