import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProviders, type ProviderDeps } from '../../src/backends/index.js';
import type { Backend } from '../../src/core/domain/backend.js';
import {
  createConnectionRow,
  createFilterRow,
  createJobRow,
  createLoadMoreRow,
  createPartRows,
} from '../../src/core/presentation/treeRows.js';
import manifest from '../../package.json' with { type: 'json' };
import texts from '../../package.nls.json' with { type: 'json' };
import { ada, scriptedAccount } from '../fakes/account.js';
import { backendOf, completed, failed, jobOf, noon, queued, running, suspendAction } from '../fakes/jobs.js';

const root = join(import.meta.dirname, '../..');
const { contributes } = manifest;
const commands = contributes.commands.map(({ command }) => command);
const menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>> =
  contributes.menus;
const entries = Object.values(menus).flat();
const properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> =
  contributes.configuration.properties;

/** The content of each source file, by path. */
const sources = new Map(
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, 'src', path), 'utf8')]),
);

/** All strings in a JSON value. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The first group of each match of a pattern. */
const allIn = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, group = '']) => group);

describe('the commands of the manifest', () => {
  /** Run only by a click on a row. */
  const ownOnly = ['batchJobs.open'];
  const table = ['commandTable', 'treeCommands']
    .map((name) => sources.get(`editor/${name}.ts`) ?? '')
    .join('\n');
  const registered = allIn(table, /^\s+\[?\s*'(\w+)',(?=$| )/gm).map((id) => `batchJobs.${id}`);

  it('are the registered ones, each once', () => {
    assert.deepEqual([...registered].sort(), [...commands, ...ownOnly].sort());
    assert.equal(new Set(commands).size, commands.length);
  });

  it('have titles in Title Case, in the words of the extension, all in one category', () => {
    const small = new Set([
      'a',
      'an',
      'and',
      'as',
      'at',
      'by',
      'for',
      'in',
      'of',
      'on',
      'or',
      'the',
      'to',
      'with',
    ]);
    const nls: Readonly<Record<string, string>> = texts;
    for (const { command, title, category } of contributes.commands) {
      const text = nls[title.replace(/^%|%$/g, '')] ?? '';
      assert.equal(category, 'Batch Jobs', command);
      for (const [index, word] of text.split(' ').entries()) {
        const isSmall = index > 0 && small.has(word);
        assert.ok(isSmall || /^[A-Z]/.test(word), `${command}: ${text}`);
      }
      assert.doesNotMatch(text, /\b(Kill|Abort|Terminate)\b/, command);
    }
  });

  it('bind no keys', () => {
    assert.equal('keybindings' in contributes, false);
  });

  it('include all that texts and code link to', () => {
    const own = /command:(batchJobs\.\w+)/g;
    const linked = [...Object.values(texts), ...sources.values()].flatMap((text) => allIn(text, own));
    assert.ok(linked.length > 0);
    for (const command of linked) assert.ok(commands.includes(command), command);
  });
});

describe('the menus of the manifest', () => {
  it('contain only commands of the manifest', () => {
    for (const { command } of entries) assert.ok(commands.includes(command), command);
  });

  it('contain each command at most once per menu, apart from icons', () => {
    for (const [menu, items] of Object.entries(menus)) {
      const listed = items.filter((item) => !('group' in item && String(item.group).startsWith('inline')));
      const seen = listed.map(({ command }) => command);
      assert.equal(new Set(seen).size, seen.length, menu);
    }
  });

  it('show icons only for commands that have one', () => {
    const withIcon = new Set(
      contributes.commands.filter((one) => 'icon' in one).map(({ command }) => command),
    );
    for (const [menu, items] of Object.entries(menus)) {
      for (const item of items) {
        const group = 'group' in item ? String(item.group) : '';
        const isIcon =
          group.startsWith('inline') || (menu === 'view/title' && group.startsWith('navigation'));
        if (isIcon) assert.ok(withIcon.has(item.command), `${menu}: ${item.command}`);
      }
    }
  });

  it('use conditions that existing rows meet', () => {
    const contexts = allContexts();
    for (const { command, when = '' } of entries) {
      const patterns = allIn(when, /viewItem =~ \/(.+?)\/(?= |$)/g).map((source) => new RegExp(source));
      const exact = allIn(when, /viewItem == (\S+)/g);
      if (patterns.length + exact.length === 0) continue;
      const isMet = contexts.some(
        (context) => patterns.every((one) => one.test(context)) && exact.every((one) => one === context),
      );
      assert.ok(isMet, `no row meets "${when}" of ${command}`);
    }
  });
});

/** The possible context values of each kind of row. */
function allContexts(): readonly string[] {
  const active = jobOf({
    state: running,
    limitMs: 1,
    results: '1',
    endpoint: 'https://a.example/',
    page: 'https://b.example/',
  });
  const able: Backend = backendOf({
    cancel: () => Promise.resolve(),
    hold: () => Promise.resolve(),
    release: () => Promise.resolve(),
    requeue: () => Promise.resolve(),
    actions: [suspendAction(() => Promise.resolve())],
    extend: () => Promise.resolve(),
    delete: () => Promise.resolve(),
    again: (id) => Promise.resolve(id),
    getDraft: () => Promise.reject(new Error('not called')),
    script: () => Promise.resolve({ name: 'a.jl', text: '' }),
    files: () => Promise.resolve([]),
    read: async function* () {
      yield* [];
    },
    localFolder: () => '/a',
    request: () => Promise.resolve({ status: 200, headers: {}, text: '' }),
    account: scriptedAccount(ada).account,
    applications: () => Promise.resolve([]),
    capabilities: { kinds: ['application'] },
    send: () => Promise.resolve(active.id),
  });
  const other = backendOf({ connection: { id: 'gpu', kind: 'local', title: 'GPU', settings: {} } });
  const jobs = [
    active,
    jobOf({ state: completed, results: '1', mayRequeue: true }),
    jobOf({ state: queued }),
    jobOf({ state: queued, isHeld: true }),
  ];
  return [
    ...jobs.map((job) => createJobRow(able, job, false, noon)),
    createJobRow(able, jobOf({ state: failed }), false, noon, {
      metadata: { failure: { text: 'Error', file: 'a.sh', line: 1 }, isPinned: true },
    }),
    ...[able, other].flatMap((backend) => [
      createConnectionRow(backend, [], {}, noon),
      createConnectionRow(backend, [], { isSignedOut: true }, noon),
      createConnectionRow(backend, [], { error: 'refused' }, noon),
    ]),
    ...createPartRows(able, active, [{ name: 'a', kind: 'result' }]),
    createLoadMoreRow('local'),
    createFilterRow('x', 1),
  ].map(({ context }) => context);
}

describe('the texts of the manifest', () => {
  const used = textsIn(manifest).flatMap((text) => allIn(text, /^%([\w.]+)%$/g));

  it('all exist', () => {
    for (const key of used) assert.ok(Object.hasOwn(texts, key), key);
  });

  it('are all used', () => {
    const keys = new Set(used);
    assert.deepEqual(
      Object.keys(texts).filter((key) => !keys.has(key)),
      [],
    );
  });

  it('are not empty', () => {
    for (const [key, text] of Object.entries(texts)) assert.notEqual(text.trim(), '', key);
  });
});

describe('the settings of the manifest', () => {
  const names = Object.keys(properties).map((name) => name.replace(/^batchJobs\./, ''));
  const schedulers = [...sources.keys()].flatMap((path) => allIn(path, /^backends\/(\w+)\/dialect\.ts$/g));
  const shared = sources.get('backends/scheduler/provider.ts') ?? '';
  const read = [
    ...[...sources.values()].flatMap((text) =>
      allIn(text, /\b(?:getSetting|getFlag|getTextSetting|setting|flag|number|text)\(\s*'([\w.]+)'(?!, ')/g),
    ),
    // The provider that all schedulers share reads their settings by the name of their kind.
    ...schedulers
      .filter((kind) => kind !== 'scheduler')
      .flatMap((kind) => allIn(shared, /(?:\$\{kind\}\.|\bdays\(')(\w+)/g).map((name) => `${kind}.${name}`)),
  ];

  it('are read by the code, and the code reads no others', () => {
    assert.deepEqual([...new Set(read)].sort(), [...names].sort());
  });

  it('that notices link to exist', () => {
    const about = [...sources.values()].flatMap((text) =>
      allIn(text, /'batchJobs\.((?:local|bundle|connections)[\w.]*)'/g),
    );
    assert.ok(about.length > 0);
    for (const name of about) assert.ok(names.includes(name), name);
  });

  it('cannot be set by a folder if they name programs, hosts, servers or folders', () => {
    const telling = /interpreter|program|path|host|server|folder|url|connection|command|maxRunning|keep/i;
    const machine = Object.entries(properties).filter(([name]) => telling.test(name));
    assert.ok(machine.length > 0);
    for (const [name, { scope }] of machine) {
      assert.ok(scope === 'machine' || scope === 'application', `${name} has scope ${String(scope)}`);
    }
  });

  it('have a default of their own type, a description and an order', () => {
    const orders = Object.values(properties).map(({ order }) => order);
    assert.equal(new Set(orders).size, orders.length);
    for (const [name, { type, default: value, markdownDescription }] of Object.entries(properties)) {
      const kind = Array.isArray(value) ? 'array' : typeof value === 'number' ? 'integer' : typeof value;
      assert.equal(kind, type, name);
      assert.ok(markdownDescription, name);
    }
  });
});

describe('the manifest', () => {
  it('activates the extension only for user actions', () => {
    const events: readonly string[] = manifest.activationEvents;
    for (const event of events) {
      assert.doesNotMatch(event, /^(\*|onStartupFinished|workspaceContains|onLanguage|onDebug|onUri)/, event);
    }
  });

  it('supports VS Code 1.100 and later, and uses exactly its types', () => {
    assert.equal(manifest.engines.vscode, '^1.100.0');
    assert.equal(manifest.devDependencies['@types/vscode'], '1.100.0');
  });

  it('has all its images', () => {
    const pictures = textsIn(manifest).filter((text) => /^media\//.test(text));
    assert.ok(pictures.length >= 6);
    for (const picture of pictures) assert.ok(existsSync(join(root, picture)), picture);
  });

  it('has walkthrough images that follow the theme and load nothing', () => {
    for (const { media } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
      const picture = readFileSync(join(root, media.svg), 'utf8');
      assert.match(picture, /var\(--vscode-/);
      // The page that shows them forbids styles, scripts and external content.
      assert.doesNotMatch(picture, /<style|style=|<script|href=|<image/);
      assert.ok(picture.length < 8192, media.svg);
    }
  });

  it('declares that it runs nothing in an untrusted workspace', () => {
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
  });

  it('names existing commands in its walkthrough', () => {
    const events = contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ completionEvents }) => completionEvents),
    );
    for (const event of events) assert.ok(commands.includes(event.replace(/^onCommand:/, '')), event);
  });
});

describe('the connections setting', () => {
  const schema = contributes.configuration.properties['batchJobs.connections'].items;

  it('accepts exactly the existing kinds of connections', () => {
    // SAFETY: a kind is only described here; its dependencies are used when a connection is created.
    const kinds = createProviders({} as ProviderDeps).map(({ kind }) => kind);
    assert.deepEqual(schema.properties.kind.enum, kinds);
  });
});
