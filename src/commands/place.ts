import type { Backend } from '../core/domain/backend.js';
import { readRowId } from '../core/presentation/rowIds.js';
import type { Ui } from './ui.js';

/** What a command that is about a connection says. */
export interface Wanted<B extends Backend> {
  /** The command's title, shown where one has to be picked. */
  readonly title: string;
  readonly isAble: (backend: Backend) => backend is B;
  /** Said where no connection is able. */
  readonly none: string;
}

/**
 * The connection a command is meant for: that of the row it was called with, the one of this title (as failures name
 * it), the only able one, or one the user picks. Undefined: there is none, which is said, or the user left.
 */
export async function placeFor<B extends Backend>(
  about: readonly string[],
  { title, isAble, none }: Wanted<B>,
  backends: readonly Backend[],
  ui: Ui,
): Promise<B | undefined> {
  const able = backends.filter(isAble);
  const [named] = about;
  const wanted = named === undefined ? undefined : readRowId(named).connection;
  const found = able.find(({ connection }) => connection.id === wanted || connection.title === named);
  if (found || able.length === 1) return found ?? able[0];
  if (able.length === 0) {
    await ui.tell('info', none, []);
    return undefined;
  }
  const items = able.map((backend) => ({ value: backend, label: backend.connection.title, icon: 'server' }));
  const answer = await ui.pick({ title }, items, 'Choose a connection');
  return answer.kind === 'value' ? answer.value : undefined;
}
