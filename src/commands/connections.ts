import type { Connection } from '../core/connection.js';
import type { BackendKind } from '../core/kind.js';
import type { Answer, Ui } from './ui.js';

/** The configured connections besides the one that is always there. */
export interface Connections {
  readonly kinds: readonly BackendKind[];
  readonly read: () => readonly Connection[];
  readonly write: (connections: readonly Connection[]) => Promise<void>;
}

interface Draft {
  readonly title: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** Asks for the kind, its own settings and the title of a new connection, and adds it. Its id; undefined: the user left. */
export async function addConnection(ui: Ui, connections: Connections): Promise<string | undefined> {
  const { say } = ui;
  const items = connections.kinds.map((kind) => ({
    value: kind,
    label: kind.title,
    icon: 'server',
    detail: kind.detail,
  }));
  const picked = await ui.pick({ title: say('Add Connection') }, items, say('Where jobs run'));
  if (picked.kind !== 'value') return undefined;
  const kind = picked.value;
  const draft = await askSettings(ui, kind, connections.read());
  if (!draft) return undefined;
  const id = newId(kind.kind, connections.read());
  const connection = { id, kind: kind.kind, title: draft.title, settings: draft.settings };
  await connections.write([...connections.read(), connection]);
  return id;
}

/** Removes a configured connection after a question; what runs there goes on. */
export async function removeConnection(
  id: string | undefined,
  ui: Ui,
  connections: Connections,
): Promise<void> {
  const { say } = ui;
  const all = connections.read();
  const chosen = all.find((connection) => connection.id === id) ?? (await pickConnection(all, ui));
  if (!chosen) return;
  const remove = say('Remove Connection');
  const detail = say('Its jobs go on and are kept where they run. Adding the connection again shows them.');
  if ((await ui.ask(say('Remove {0}?', chosen.title), detail, [remove])) !== remove) return;
  await connections.write(connections.read().filter((connection) => connection.id !== chosen.id));
}

async function pickConnection(all: readonly Connection[], ui: Ui): Promise<Connection | undefined> {
  const { say } = ui;
  if (all.length === 0) {
    await ui.tell('info', say('There is no connection to remove: Local is always there.'), []);
    return undefined;
  }
  const items = all.map((connection) => ({
    value: connection,
    label: connection.title,
    description: connection.kind,
  }));
  const answer = await ui.pick({ title: say('Remove Connection') }, items);
  return answer.kind === 'value' ? answer.value : undefined;
}

async function askSettings(
  ui: Ui,
  kind: BackendKind,
  all: readonly Connection[],
): Promise<Draft | undefined> {
  const { say } = ui;
  const of = kind.questions.length + 1;
  const title = say('Add {0} Connection', kind.title);
  let draft: Draft = { title: '', settings: {} };
  for (let at = 0; at < of;) {
    const question = kind.questions[at];
    const step = {
      title: `${title}: ${question?.title ?? say('Title')}`,
      step: at + 1,
      of,
      canGoBack: at > 0,
    };
    const answer: Answer<string> = await ui.type(
      step,
      question
        ? {
            initial: draft.settings[question.id] ?? question.initial ?? '',
            prompt: question.prompt,
            ...(question.check ? { check: (value) => question.check?.(value, draft.settings) } : {}),
          }
        : {
            initial: draft.title || (kind.titleOf?.(draft.settings) ?? ''),
            prompt: say('As it is shown in the side bar'),
            check: (text) => wrongTitle(text, all, ui),
          },
    );
    if (answer.kind === 'left') return undefined;
    if (answer.kind === 'back') at--;
    else {
      draft = question
        ? { ...draft, settings: { ...draft.settings, [question.id]: answer.value } }
        : { ...draft, title: answer.value.trim() };
      at++;
    }
  }
  return draft;
}

function wrongTitle(text: string, all: readonly Connection[], { say }: Ui): string | undefined {
  const title = text.trim();
  if (title === '') return say('A connection needs a title.');
  const taken =
    title.toLowerCase() === 'local' || all.some((other) => other.title.toLowerCase() === title.toLowerCase());
  return taken ? say('Another connection has this title.') : undefined;
}

function newId(kind: string, all: readonly Connection[]): string {
  for (let number = 2; ; number++) {
    const id = `${kind}-${String(number)}`;
    if (!all.some((connection) => connection.id === id)) return id;
  }
}
