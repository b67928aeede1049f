// A stub of the module `vscode` for a process of the benchmark (node --require), with the members that are
// called.
'use strict';
const { EventEmitter: Emitter } = require('node:events');
const { readFile, stat } = require('node:fs/promises');
const Module = require('node:module');

/** State that the benchmark inspects: commands by ID, views, settings, and messages shown. */
const bench = {
  /** @type {Map<string, (...args: unknown[]) => unknown>} */
  commands: new Map(),
  /** @type {{ visible: boolean, provider: object, tell: (visible: boolean) => void }[]} */
  views: [],
  /** @type {Record<string, unknown>} */
  settings: {},
  /** @type {object[]} */
  documents: [],
  /** @type {string[]} */
  told: [],
};
module.exports = bench;
Object.assign(globalThis, { benchEditor: bench });

const nothing = () => undefined;
const owned = () => ({ dispose: nothing });
const place = class {
  constructor(/** @type {unknown[]} */ ...values) {
    Object.assign(this, values);
  }
};

class EventEmitter {
  #emitter = new Emitter().setMaxListeners(0);
  /** @param {(value: unknown) => void} listener */
  event = (listener) => {
    this.#emitter.on('event', listener);
    return { dispose: () => this.#emitter.off('event', listener) };
  };
  /** @param {unknown} value */
  fire(value) {
    this.#emitter.emit('event', value);
  }
  dispose() {
    this.#emitter.removeAllListeners();
  }
}

class Disposable {
  /** @param {{ dispose: () => void }[]} parts */
  static from(...parts) {
    return new Disposable(() => parts.forEach((part) => part.dispose()));
  }
  /** @param {() => void} dispose */
  constructor(dispose) {
    this.dispose = dispose;
  }
}

class Uri {
  /** @param {string} path */
  static file = (path) => new Uri('file', path);
  /** @param {{ scheme: string, path: string }} parts */
  static from = ({ scheme, path }) => new Uri(scheme, path);
  /** @param {string} scheme @param {string} path */
  constructor(scheme, path) {
    this.scheme = scheme;
    this.path = path;
    this.fsPath = path;
  }
  toString() {
    return `${this.scheme}://${this.path}`;
  }
}

class FileSystemError extends Error {
  code = 'FileNotFound';
}

/** @template T @param {Promise<T>} work */
const found = (work) =>
  work.catch(() => {
    throw new FileSystemError();
  });

/** @param {string} id @param {{ treeDataProvider: object }} options */
function createTreeView(id, { treeDataProvider }) {
  const seen = new EventEmitter();
  const view = {
    id,
    visible: false,
    selection: [],
    provider: treeDataProvider,
    onDidChangeVisibility: seen.event,
    onDidChangeSelection: owned,
    onDidExpandElement: owned,
    onDidCollapseElement: owned,
    tell: (/** @type {boolean} */ visible) => {
      view.visible = visible;
      seen.fire({ visible });
    },
    reveal: async () => undefined,
    dispose: nothing,
  };
  bench.views.push(view);
  return view;
}

const tell = async (/** @type {string} */ text) => void bench.told.push(text);
const channel = () => ({
  append: nothing,
  replace: nothing,
  clear: nothing,
  show: nothing,
  dispose: nothing,
  info: nothing,
  warn: tell,
  error: tell,
});

const vscode = {
  EventEmitter,
  Disposable,
  Uri,
  TreeItem: class {
    constructor(/** @type {string} */ label, /** @type {number} */ collapsibleState) {
      this.label = label;
      this.collapsibleState = collapsibleState;
    }
  },
  ThemeIcon: place,
  ThemeColor: place,
  MarkdownString: place,
  Range: place,
  Position: place,
  Selection: place,
  CancellationTokenSource: place,
  FileSystemError,
  TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
  StatusBarAlignment: { Left: 1, Right: 2 },
  ProgressLocation: { SourceControl: 1, Window: 10, Notification: 15 },
  ConfigurationTarget: { Global: 1 },
  FileType: { File: 1, Directory: 2 },
  FileChangeType: { Changed: 1 },
  QuickPickItemKind: { Separator: -1, Default: 0 },
  QuickInputButtons: { Back: {} },
  UIKind: { Desktop: 1, Web: 2 },
  ViewColumn: { Active: -1 },
  l10n: {
    /** @param {string} text @param {unknown[]} values */
    t: (text, ...values) => text.replace(/\{(\d+)\}/g, (_, index) => String(values[Number(index)])),
  },
  env: { clipboard: { writeText: nothing }, uiKind: 1, openExternal: async () => true },
  commands: {
    /** @param {string} id @param {(...args: unknown[]) => unknown} run */
    registerCommand: (id, run) => {
      bench.commands.set(id, run);
      return owned();
    },
    executeCommand: async () => undefined,
  },
  authentication: { registerAuthenticationProvider: owned },
  extensions: { getExtension: nothing, all: [] },
  window: {
    createTreeView,
    createOutputChannel: channel,
    createStatusBarItem: () => ({ show: nothing, hide: nothing, dispose: nothing }),
    onDidCloseTerminal: owned,
    tabGroups: { all: [], onDidChangeTabs: owned, onDidChangeTabGroups: owned },
    showErrorMessage: tell,
    showWarningMessage: tell,
    showInformationMessage: tell,
    /** @param {unknown} _ @param {(progress: object, token: object) => unknown} run */
    withProgress: (_, run) =>
      run({ report: nothing }, { isCancellationRequested: false, onCancellationRequested: owned }),
    activeTextEditor: undefined,
    get visibleTextEditors() {
      return bench.documents.map((document) => ({ document }));
    },
  },
  workspace: {
    isTrusted: true,
    workspaceFolders: [],
    textDocuments: bench.documents,
    getConfiguration: () => ({ get: (/** @type {string} */ name) => bench.settings[name] }),
    fs: {
      /** @param {Uri} uri */
      readFile: ({ fsPath }) => found(readFile(fsPath)),
      /** @param {Uri} uri */
      stat: async ({ fsPath }) => ({ type: (await found(stat(fsPath))).isDirectory() ? 2 : 1 }),
    },
    getWorkspaceFolder: nothing,
    onDidChangeConfiguration: owned,
    onDidCloseTextDocument: owned,
    registerTextDocumentContentProvider: owned,
    registerFileSystemProvider: owned,
  },
};

const loader = /** @type {{ _load: (name: string, ...rest: unknown[]) => unknown }} */ (
  /** @type {unknown} */ (Module)
);
const load = loader._load;
loader._load = (/** @type {string} */ name, /** @type {unknown[]} */ ...rest) =>
  name === 'vscode' ? vscode : load(name, ...rest);
