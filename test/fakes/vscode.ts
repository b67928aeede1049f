import Module from 'node:module';

/** A call to VS Code's window or an assignment to its objects, with the values: `showInputBox`, `title=`. */
export interface WindowCall {
  readonly member: string;
  readonly values: readonly unknown[];
}

/** All calls so far, in order; a test clears it. */
export const calls: WindowCall[] = [];

/** Return values of the members of the window; a test can set them. */
export const returned = new Map<string, unknown>();

const note = (member: string, values: readonly unknown[]): unknown => {
  calls.push({ member, values });
  return returned.get(member);
};

class Event {
  readonly event = () => ({ dispose: () => undefined });
}

/** An object of VS Code: each assignment to a property is recorded as a call. */
const made = (member: string): unknown =>
  new Proxy<Record<string, unknown>>(
    {},
    {
      get: (target, name) => {
        if (typeof name === 'symbol' || name === 'then') return undefined;
        if (name in target) return target[name];
        return name.startsWith('on')
          ? new Event().event
          : (...values: unknown[]) => note(`${member}.${name}`, values);
      },
      set: (target, name, value: unknown) => {
        if (typeof name === 'string') {
          target[name] = value;
          note(`${member}.${name}=`, [value]);
        }
        return true;
      },
    },
  );

const makers = new Set([
  'createQuickPick',
  'createInputBox',
  'createTreeView',
  'createStatusBarItem',
  'createOutputChannel',
  'createTerminal',
]);

/** The part of VS Code's API that modules under test need without VS Code; all of `window` is recorded. */
const fake = {
  window: new Proxy(
    {},
    {
      get: (_, member) =>
        typeof member === 'symbol'
          ? undefined
          : member === 'visibleTextEditors'
            ? (returned.get(member) ?? [])
            : (...values: unknown[]) => {
                const result = note(member, values);
                if (member === 'withProgress') {
                  const [, run] = values as [unknown, (progress: unknown, token: unknown) => unknown];
                  return run(made('progress'), {});
                }
                return makers.has(member) ? made(member) : Promise.resolve(result);
              },
    },
  ),
  Uri: class {
    static from = ({ path, query }: { readonly path: string; readonly query?: string }) =>
      new fake.Uri(path, query);
    constructor(
      readonly path: string,
      readonly query = '',
    ) {}
    toString(): string {
      return this.path;
    }
  },
  EventEmitter: class {
    readonly #listeners: ((value: unknown) => void)[] = [];
    readonly event = (listener: (value: unknown) => void) => {
      this.#listeners.push(listener);
      return { dispose: () => undefined };
    };
    fire(value: unknown): void {
      for (const listener of this.#listeners) listener(value);
    }
    dispose(): void {
      this.#listeners.length = 0;
    }
  },
  l10n: {
    t: (text: string, ...values: unknown[]) =>
      text.replace(/\{(\d+)\}/g, (_, at) => String(values[Number(at)])),
  },
  commands: { executeCommand: () => Promise.resolve() },
  workspace: {
    registerTextDocumentContentProvider: (scheme: string, provider: unknown) => {
      note('registerTextDocumentContentProvider', [scheme, provider]);
      // Like VS Code: it subscribes immediately if there is an event, and never again.
      const { onDidChange } = provider as { onDidChange?: (listener: (uri: unknown) => void) => void };
      onDidChange?.((uri) => {
        note('changed', [uri]);
      });
      return { dispose: () => undefined };
    },
    openTextDocument: (uri: unknown) => Promise.resolve({ uri }),
    getConfiguration: () => ({ get: () => undefined, update: () => Promise.resolve() }),
    getWorkspaceFolder: ({ path }: { readonly path: string }) =>
      path.startsWith('/workspace/') ? { name: 'workspace' } : undefined,
  },
  env: {},
  UIKind: {},
  ConfigurationTarget: {},
  QuickInputButtons: { Back: { iconPath: 'back' } },
  ProgressLocation: { Notification: 15 },
  StatusBarAlignment: { Left: 1 },
  TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
  TreeItem: class {
    constructor(
      readonly label: string,
      readonly collapsibleState: number,
    ) {}
  },
  ThemeIcon: class {
    constructor(
      readonly id: string,
      readonly color?: unknown,
    ) {}
  },
  ThemeColor: class {
    constructor(readonly id: string) {}
  },
  MarkdownString: class {
    isTrusted: unknown;
    supportHtml: unknown;
    constructor(
      readonly value: string,
      readonly supportThemeIcons: boolean,
    ) {}
  },
};

/** Node's loader for `require`, to which tsx compiles all imports of the sources. */
interface Loader {
  _load: (name: string, ...rest: unknown[]) => unknown;
}

/** Replaces `vscode` with the fake for all modules that are imported from now on. */
export function useFakeVscode(): void {
  Object.assign(globalThis, { fakeVscode: fake });
  // SAFETY: not in Node's types, but in all of its versions.
  const loader = Module as unknown as Loader;
  const load = loader._load.bind(loader);
  loader._load = (name, ...rest) => (name === 'vscode' ? fake : load(name, ...rest));
}
