import * as vscode from 'vscode';

/**
 * True if a command was called with arguments from neither the view nor the Command Palette, but by a link
 * (`command:batchJobs.resubmit?["local/1"]`) or another extension. Only the tree has its own nodes and passes
 * them by identity; a copy is not a node.
 */
export function isForeignRow(args: readonly unknown[], isNode: (value: unknown) => boolean): boolean {
  const [one, many] = args;
  const all = Array.isArray(many) ? [one, ...(many as readonly unknown[])] : [one];
  return all.some((value) => value !== undefined && value !== null && !isNode(value));
}

/**
 * True where a command was called from a row while VS Code updated the view: for a row that it does not have at that
 * moment, it passes nothing. From the palette, a command gets no arguments at all.
 */
export const isLostRow = (args: readonly unknown[]): boolean =>
  args.length > 0 && args.every((value) => value === undefined || value === null);

/**
 * The same as {@link isForeignRow} for commands on a file. The editor's own menus name a file that is on the screen; the Explorer names one of
 * the workspace, and with it all that are selected.
 */
export function isForeignFile(args: readonly unknown[]): boolean {
  const [resource, selected] = args;
  if (resource === undefined || resource === null)
    return args.some((value) => (value ?? undefined) !== undefined);
  if (!(resource instanceof vscode.Uri)) return true;
  const isIt = (uri: unknown): boolean => uri instanceof vscode.Uri && uri.toString() === resource.toString();
  if (vscode.window.visibleTextEditors.some(({ document }) => isIt(document.uri))) return false;
  const isInExplorer = Array.isArray(selected) && (selected as readonly unknown[]).some(isIt);
  return !isInExplorer || vscode.workspace.getWorkspaceFolder(resource) === undefined;
}
