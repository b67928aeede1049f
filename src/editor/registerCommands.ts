import * as vscode from 'vscode';
import { SubmissionFailure } from '../commands/submissionFailure.js';
import type { UserInterface } from '../commands/ui.js';
import type { Disposable } from '../lib/lifetime.js';
import { createErrorNotice } from '../core/presentation/notice.js';
import type { Log } from '../core/domain/ports.js';
import { isAbort } from '../core/domain/problem.js';

/** A command, called with the editor's arguments. */
export type CommandHandler = (...args: unknown[]) => Promise<void> | void;

/**
 * Registers all commands; no other module does. Every failure is handled the same way: a message with next
 * steps, and the full error in the extension's log. Cancelled commands are neither shown nor logged.
 *
 * @param ids - The command ids in package.json.
 * @param load - Called with the first command; returns the commands by the same ids.
 */
export function registerCommands(
  ids: readonly string[],
  load: () => Promise<ReadonlyMap<string, CommandHandler>>,
  ui: UserInterface,
  log: Log,
): Disposable {
  const registered = ids.map((id) =>
    vscode.commands.registerCommand(id, (...args: unknown[]) =>
      runGuarded(id, async () => (await load()).get(id)?.(...args), ui, log),
    ),
  );
  return vscode.Disposable.from(...registered);
}

/** The commands in the extension's manifest, and the one for a click on a row, which no menu contains. */
export function listCommandIds({ extension }: vscode.ExtensionContext): readonly string[] {
  // SAFETY: the manifest is our own.
  const { contributes } = extension.packageJSON as {
    readonly contributes: { readonly commands: readonly { readonly command: string }[] };
  };
  return [...contributes.commands.map(({ command }) => command), 'batchJobs.open'];
}

async function runGuarded(
  name: string,
  run: () => Promise<void> | void,
  ui: UserInterface,
  log: Log,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (isAbort(error)) return;
    log.error(`${name} failed`, error);
    // Not awaited: the command has finished, and the message can stay open for long.
    void showFailure(error, (instead) => runGuarded(name, instead ?? run, ui, log), ui);
  }
}

/** Shows a failure as a message with next steps. `retry` runs the command again, or instead what it is given. */
export async function showFailure(
  error: unknown,
  retry: (instead?: () => Promise<void>) => Promise<void>,
  ui: UserInterface,
): Promise<void> {
  const { text, actions: offers } = createErrorNotice(error);
  const titles = offers.map(({ title }) => title);
  const back = 'Back to Review';
  const review = error instanceof SubmissionFailure ? error.backToReview : undefined;
  const pressed = await ui.showMessage('error', text, review ? [back, ...titles] : titles);
  if (review && pressed === back) return retry(review);
  const offer = offers.find(({ title }) => title === pressed);
  if (!offer) return;
  if (offer.kind === 'retry') await retry();
  else await ui.runAction(offer);
}

/** The ids of the rows a command was called with: the selection if there is one, else the row itself. */
export function parseRowArguments(args: readonly unknown[]): readonly string[] {
  const [one, many] = args;
  const all = Array.isArray(many) && many.length > 0 ? (many as readonly unknown[]) : [one];
  return all.map(parseRowArgument).filter((id) => id !== undefined);
}

function parseRowArgument(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('rowId' in value)) return undefined;
  return typeof value.rowId === 'string' ? value.rowId : undefined;
}
