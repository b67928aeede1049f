import type { Backend } from '../core/domain/backend.js';
import { parseRowId } from '../core/presentation/rowIds.js';
import type { UserInterface } from './ui.js';

/** The connections that a command supports, and its messages. */
export interface ConnectionQuery<B extends Backend> {
  /** The command's title, shown when the user has to select a connection. */
  readonly title: string;
  readonly isAble: (backend: Backend) => backend is B;
  /** Message if no connection supports the command. */
  readonly none: string;
}

/**
 * The connection that a command refers to: that of the row, the one with this title (as in problems), the
 * only one that supports the command, or one that the user selects. Undefined: none (with a message), or
 * dismissed.
 */
export async function pickConnection<B extends Backend>(
  about: readonly string[],
  { title, isAble, none }: ConnectionQuery<B>,
  backends: readonly Backend[],
  ui: UserInterface,
): Promise<B | undefined> {
  const able = backends.filter(isAble);
  const [named] = about;
  const wanted = named === undefined ? undefined : parseRowId(named).connection;
  const found = able.find(({ connection }) => connection.id === wanted || connection.title === named);
  if (found || able.length === 1) return found ?? able[0];
  if (able.length === 0) {
    await ui.showMessage('info', none, []);
    return undefined;
  }
  const items = able.map((backend) => ({ value: backend, label: backend.connection.title, icon: 'server' }));
  const answer = await ui.pick({ title }, items, 'Choose a connection');
  return answer.kind === 'value' ? answer.value : undefined;
}
