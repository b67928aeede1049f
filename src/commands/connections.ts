import type { Answers, Question } from '../core/domain/questions.js';
import type { Connection } from '../core/domain/connection.js';
import type { BackendProvider } from '../core/domain/provider.js';
import { answersOf, askedOf } from '../core/domain/questions.js';
import { askQuestion } from './askQuestion.js';
import type { Ui } from './ui.js';
import { wizard, type Ask } from './wizard.js';

/** The configured connections, without the built-in one. */
export interface Connections {
  readonly kinds: readonly BackendProvider[];
  readonly read: () => readonly Connection[];
  readonly write: (connections: readonly Connection[]) => Promise<void>;
}

interface Draft {
  readonly title: string;
  readonly settings: Answers;
}

/**
 * Prompts for the kind, settings, and title of a new connection, and adds it. Returns its id; undefined:
 * dismissed.
 */
export async function addConnection(ui: Ui, connections: Connections): Promise<string | undefined> {
  const items = connections.kinds.map((kind) => ({
    value: kind,
    label: kind.title,
    icon: kind.icon,
    detail: kind.detail,
  }));
  const picked = await ui.pick({ title: 'Add Connection' }, items, 'Choose a backend');
  if (picked.kind !== 'value') return undefined;
  const kind = picked.value;
  const title = `Add ${kind.title} Connection`;
  const draft = await wizard<Draft>(
    ({ settings }) => [
      ...askedOf(kind.questions, settings).map(({ question }) => askSetting(ui, title, kind, question)),
      askTitle(ui, title, kind, connections.read()),
    ],
    { title: '', settings: {} },
    { isReviewed: false },
  );
  if (!draft) return undefined;
  const id = newId(kind.kind, connections.read());
  const connection = {
    id,
    kind: kind.kind,
    title: draft.title,
    settings: answersOf(kind.questions, draft.settings),
  };
  await connections.write([...connections.read(), connection]);
  return id;
}

/** Removes a configured connection after confirmation. Its jobs keep running. */
export async function removeConnection(
  id: string | undefined,
  ui: Ui,
  connections: Connections,
): Promise<void> {
  const all = connections.read();
  const chosen = all.find((connection) => connection.id === id) ?? (await pickConnection(all, ui));
  if (!chosen) return;
  const remove = 'Remove Connection';
  const detail = 'Running jobs continue and stay on the server. Add the connection again to see them.';
  if ((await ui.ask(`Remove ${chosen.title}?`, detail, [remove])) !== remove) return;
  await connections.write(connections.read().filter((connection) => connection.id !== chosen.id));
}

async function pickConnection(all: readonly Connection[], ui: Ui): Promise<Connection | undefined> {
  if (all.length === 0) {
    await ui.tell('info', 'There is no connection to remove. Local cannot be removed.', []);
    return undefined;
  }
  const items = all.map((connection) => ({
    value: connection,
    label: connection.title,
    description: connection.kind,
  }));
  const answer = await ui.pick({ title: 'Remove Connection' }, items);
  return answer.kind === 'value' ? answer.value : undefined;
}

function askSetting(ui: Ui, title: string, { questions }: BackendProvider, question: Question): Ask<Draft> {
  return {
    id: question.id,
    run: async (draft, at) => {
      const step = { ...at, title: `${title}: ${question.title}` };
      const answer = await askQuestion(ui, step, question, answersOf(questions, draft.settings));
      if (answer.kind !== 'value') return answer;
      const settings = { ...draft.settings, [question.id]: answer.value };
      return { kind: 'value', value: { ...draft, settings } };
    },
  };
}

function askTitle(
  ui: Ui,
  title: string,
  { questions, titleOf }: BackendProvider,
  all: readonly Connection[],
): Ask<Draft> {
  return {
    id: 'title',
    run: async (draft, at) => {
      const answer = await ui.type(
        { ...at, title: `${title}: Title` },
        {
          initial: draft.title || (titleOf?.(answersOf(questions, draft.settings)) ?? ''),
          prompt: 'Name in the side bar',
          check: (text) => wrongTitle(text, all),
        },
      );
      if (answer.kind !== 'value') return answer;
      return { kind: 'value', value: { ...draft, title: answer.value.trim() } };
    },
  };
}

function wrongTitle(text: string, all: readonly Connection[]): string | undefined {
  const title = text.trim();
  if (title === '') return 'A connection needs a title.';
  const taken =
    title.toLowerCase() === 'local' || all.some((other) => other.title.toLowerCase() === title.toLowerCase());
  return taken ? 'Another connection already has this title.' : undefined;
}

function newId(kind: string, all: readonly Connection[]): string {
  for (let number = 2; ; number++) {
    const id = `${kind}-${String(number)}`;
    if (!all.some((connection) => connection.id === id)) return id;
  }
}
