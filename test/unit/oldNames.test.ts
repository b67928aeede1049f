import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { getJobPaths, getSpoolPaths } from '../../src/backends/local/paths.js';
import manifest from '../../package.json' with { type: 'json' };
import names from '../fixtures/state-0.1.0/names.json' with { type: 'json' };
import migrated from '../fixtures/state-0.1.0/migrations.json' with { type: 'json' };

/**
 * Names of version 0.1.0 that a later version migrates: by their kind in `names.json`, old to new. An entry
 * requires code that reads the old name, and a test of that code.
 */
const migrations: Readonly<Record<string, Readonly<Record<string, string>>>> = migrated;

/** The names of a kind that are missing, also under the new name of their entry. */
const missing = (
  kind: string,
  old: readonly string[],
  now: ReadonlySet<string>,
  table = migrations,
): readonly string[] => old.filter((name) => !now.has(table[kind]?.[name] ?? name));

const { contributes } = manifest;
const properties: Readonly<Record<string, Setting>> = contributes.configuration.properties;
interface Setting {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly scope?: string;
}
const connection = contributes.configuration.properties['batchJobs.connections'].items.properties;

const src = join(import.meta.dirname, '../../src');

/** The string literals of the source, and the constant starts of its template literals. */
const literals = new Set(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => literalsIn(readFileSync(join(src, path), 'utf8'))),
);

function literalsIn(text: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('a.ts', text, ts.ScriptTarget.ES2022));
  return found;
}

const ids = (all: readonly { readonly id: string }[]): ReadonlySet<string> =>
  new Set(all.map(({ id }) => id));
const paths = (all: Readonly<Record<string, string>>): ReadonlySet<string> =>
  new Set(Object.values(all).map((path) => relative('/at', path).replaceAll('\\', '/')));

/** The current names of each kind. */
const now: readonly (readonly [kind: string, old: readonly string[], now: ReadonlySet<string>])[] = [
  ['extension', [names.extension], new Set([`${manifest.publisher}.${manifest.name}`])],
  [
    'commands',
    names.commands,
    new Set([...contributes.commands.map(({ command }) => command), 'batchJobs.open']),
  ],
  ['settings', Object.keys(names.settings), new Set(Object.keys(properties))],
  ['connectionKinds', names.connectionKinds, new Set(connection.kind.enum)],
  ['connectionFields', names.connectionFields, new Set(Object.keys(connection))],
  ['connectionSettings', Object.values(names.connectionSettings).flat(), literals],
  ['viewContainers', names.viewContainers, ids(contributes.viewsContainers.activitybar)],
  ['views', names.views, ids(contributes.views.batchJobs)],
  ['walkthroughs', names.walkthroughs, ids(contributes.walkthroughs)],
  ['authenticationProviders', names.authenticationProviders, ids(contributes.authentication)],
  ['activationEvents', names.activationEvents, new Set(manifest.activationEvents)],
  ['contextKeys', names.contextKeys, literals],
  ['documentSchemes', names.documentSchemes, literals],
  ['mementoKeys', names.mementoKeys, literals],
  ['secretKeys', names.secretKeys, literals],
  ['storageFolders', names.storageFolders, literals],
  ['localQueueFiles', names.localQueueFiles, paths(getSpoolPaths('/at'))],
  ['localJobFiles', names.localJobFiles, paths(getJobPaths('/at'))],
  ['remoteJobFiles', names.remoteJobFiles, literals],
];

describe("the names of version 0.1.0 in users' settings and files", () => {
  it('include every recorded kind', () => {
    assert.deepEqual(now.map(([kind]) => kind).sort(), Object.keys(names).sort());
    for (const [kind, old] of now) assert.ok(old.length > 0, kind);
  });

  for (const [kind, old, present] of now)
    it(`still exist: ${kind}`, () => {
      assert.deepEqual(missing(kind, old, present), []);
    });

  it('are reported if one is missing, and not if its new name exists', () => {
    const table = { commands: { 'a.old': 'a.new' } };
    assert.deepEqual(missing('commands', ['a.old', 'a.gone'], new Set(['a.new']), table), ['a.gone']);
    assert.deepEqual(missing('commands', ['a.old'], new Set(['a.other']), table), ['a.old']);
  });

  it('are migrated only if they exist', () => {
    for (const [kind, table] of Object.entries(migrations)) {
      const known = now.find(([one]) => one === kind)?.[1] ?? [];
      for (const name of Object.keys(table)) assert.ok(known.includes(name), `${kind}: ${name}`);
    }
  });

  it('are bound to a registered command, also the one of a click on a row', () => {
    const table = readFileSync(join(src, 'editor/commandTable.ts'), 'utf8');
    for (const command of names.commands) {
      const id = (migrations['commands']?.[command] ?? command).replace('batchJobs.', '');
      assert.match(table, new RegExp(`'${id}'`), command);
    }
  });

  it('accept the former values of settings, in the former scopes', () => {
    const old: Readonly<Record<string, Setting>> = names.settings;
    for (const [name, { type, enum: values = [], scope }] of Object.entries(old)) {
      const setting = properties[migrations['settings']?.[name] ?? name];
      assert.ok(setting, name);
      assert.equal(setting.type, type, name);
      assert.equal(setting.scope ?? 'window', scope, name);
      for (const value of values) assert.ok(setting.enum?.includes(value), `${name}: ${value}`);
    }
  });
});
