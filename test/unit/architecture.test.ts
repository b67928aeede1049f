import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

const src = join(import.meta.dirname, '../../src');

/** A file of `src`, its path relative to it, with `/`. */
interface Source {
  readonly path: string;
  readonly text: string;
}

/**
 * What each folder can import in addition to itself: folders of `src`, packages, and Node's modules
 * (`node:*`).
 */
const table = new Map<string, readonly string[]>([
  ['lib', []],
  ['lib/node', ['lib', 'node:*', 'is-path-inside']],
  ['core/domain', ['lib']],
  ['core/jobs', ['lib', 'core/domain']],
  ['core/presentation', ['lib', 'core/domain', 'core/jobs']],
  ['core/logs', ['lib', 'core/domain', 'core/jobs', 'core/presentation']],
  [
    'bundle',
    [
      'lib',
      'lib/node',
      'core/*',
      'languages',
      'node:*',
      'archiver',
      'escape-string-regexp',
      'minimatch',
      'smol-toml',
    ],
  ],
  ['languages', ['lib', 'core/*', 'node:path']],
  ['store', ['lib', 'lib/node', 'core/*', 'node:*', 'zod/mini']],
  ['http', ['lib', 'core/*', 'node:*', 'axios', 'ws', 'zod/mini']],
  ['remote', ['lib', 'lib/node', 'core/*', 'node:*', 'zod/mini']],
  ['backends/jobFacts', ['lib', 'lib/node', 'core/*', 'store', 'node:*', 'zod/mini']],
  [
    'backends/scheduler',
    ['lib', 'lib/node', 'core/*', 'http', 'remote', 'backends/jobFacts', 'node:*', 'zod/mini'],
  ],
  [
    'backends/*',
    ['lib', 'lib/node', 'core/*', 'http', 'remote', 'backends/jobFacts', 'node:*', 'smol-toml', 'zod/mini'],
  ],
  ['backends', ['lib', 'core/*', 'backends/*']],
  ['commands', ['lib', 'core/*']],
  ['programs', ['bundle', 'remote', 'backends/local']],
  ['editor', ['lib', 'lib/node', 'core/*', 'commands', 'vscode', 'node:util', 'node:path', 'node:os']],
]);

const mostLines = 300;

/** The violations of the rules in these files, one sentence each. */
const violations = (sources: readonly Source[]): readonly string[] =>
  sources.flatMap((source) => [
    ...forbiddenImports(source),
    ...forbiddenWords(source),
    ...foreignWords(source),
    ...wholeBags(source),
    ...tooLong(source),
  ]);

function forbiddenImports(source: Source): readonly string[] {
  const { path } = source;
  const imports = importsOf(source);
  const forbidden = imports
    .filter(
      (what) => what === 'node:child_process' && !/^(remote|http|backends\/local|bundle\/julia)\//.test(path),
    )
    .map((what) => `${path} must not import ${what}`);
  if (path === 'extension.ts') return forbidden;
  const folder = folderOf(path);
  const allowed = table.get(folder) ?? (/^backends\/\w+$/.test(folder) ? backendImports(folder) : undefined);
  if (!allowed) return [`${path} is in a folder that is not in the table`];
  return [
    ...forbidden,
    ...imports
      .map((what) => (isOurs(what) ? folderOf(what) : what))
      .filter((to) => to !== folder && !allowed.some((name) => matches(name, to)))
      .map((to) => `${shortName(folder)} must not import ${shortName(to)} (${path})`),
  ];
}

/** The folder of a scheduler, one with a `dialect.ts`, can also import what all schedulers share. */
const backendImports = (folder: string): readonly string[] => [
  ...(table.get('backends/*') ?? []),
  ...(existsSync(join(src, folder, 'dialect.ts')) ? ['backends/scheduler'] : []),
];

const isOurs = (what: string): boolean => what.endsWith('.ts');
const shortName = (folder: string): string => folder.replace(/^backends\//, '');

/**
 * The folder of a file: one of the core, of a backend or in `lib`, else the first; a file next to them is its
 * own.
 */
function folderOf(path: string): string {
  const [first = '', second, third] = path.split('/');
  if (second === undefined) return first;
  return /^(backends|core|lib)$/.test(first) && third !== undefined ? `${first}/${second}` : first;
}

const matches = (name: string, to: string): boolean =>
  name.endsWith('*') ? to.startsWith(name.slice(0, -1)) : name === to;

/**
 * Every module that a file imports, a relative one as a path within `src`: imports, re-exports, `import()`,
 * `require()`, and types by `import('x')`.
 */
function importsOf({ path, text }: Source): readonly string[] {
  const found: string[] = [];
  const add = (name: ts.Node | undefined): void => {
    if (!name || !ts.isStringLiteralLike(name)) return;
    found.push(
      name.text.startsWith('.')
        ? posix.join(posix.dirname(path), name.text).replace(/\.js$/, '.ts')
        : name.text,
    );
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText()))
      add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  return found;
}

function forbiddenWords({ path, text }: Source): readonly string[] {
  const told = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === 'setInterval') told.add(`${path} must not use setInterval`);
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'console')
      told.add(`${path} must not use console`);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  return [...told];
}

/** A command declares which ports it needs, not all of them. */
function wholeBags({ path, text }: Source): readonly string[] {
  if (!path.startsWith('commands/')) return [];
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isParameter(node) && node.type?.getText() === 'CommandDeps')
      found.add(`${path} must not depend on all CommandDeps`);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  return [...found];
}

/** Names of engines and of programming languages. */
const foreignNames =
  /julia|slurm|sbatch|squeue|htcondor|kubernetes|python|javascript|typescript|matlab|\brscript\b|\bnode\.?js\b|\bp(bs|lsf)\b/i;

/** The core and the commands name no engine and no programming language, not even in comments. */
const foreignWords = ({ path, text }: Source): readonly string[] =>
  /^(core|commands)\//.test(path)
    ? text.split('\n').flatMap((line, index) => {
        const [name] = foreignNames.exec(line) ?? [];
        return name === undefined ? [] : [`${path}:${String(index + 1)} must not name ${name}`];
      })
    : [];

function tooLong({ path, text }: Source): readonly string[] {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return lines > mostLines ? [`${path} has ${String(lines)} lines, over ${String(mostLines)}`] : [];
}

/** All TypeScript files below `src`. */
function allSources(): readonly Source[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(src, path), 'utf8') }));
}

describe('architecture', () => {
  it('follows the table of imports, the file lengths and the words', () => {
    const sources = allSources();
    assert.ok(sources.length > 50, 'the files are found');
    assert.deepEqual(violations(sources), []);
  });

  const cases: readonly (readonly [path: string, text: string, expected: readonly string[]])[] = [
    [
      'backends/slurm/wire.ts',
      "import { a } from '../juliahub/wire.js';",
      ['slurm must not import juliahub (backends/slurm/wire.ts)'],
    ],
    [
      'backends/scheduler/jobs/a.ts',
      "import { b } from '../../slurm/b.js';",
      ['scheduler must not import slurm (backends/scheduler/jobs/a.ts)'],
    ],
    [
      'backends/juliahub/a.ts',
      "import { b } from '../scheduler/b.js';",
      ['juliahub must not import scheduler (backends/juliahub/a.ts)'],
    ],
    [
      'core/domain/a.ts',
      "import type { Uri } from 'vscode';\nexport { x } from 'node:fs';",
      [
        'core/domain must not import vscode (core/domain/a.ts)',
        'core/domain must not import node:fs (core/domain/a.ts)',
      ],
    ],
    [
      'core/domain/a.ts',
      "type Uri = import('vscode').Uri;",
      ['core/domain must not import vscode (core/domain/a.ts)'],
    ],
    [
      'core/domain/a.ts',
      "const fs = await import('fs');",
      ['core/domain must not import fs (core/domain/a.ts)'],
    ],
    ['core/domain/a.ts', "const fs = require('fs');", ['core/domain must not import fs (core/domain/a.ts)']],
    [
      'core/domain/a.ts',
      "import '../../extension.js';",
      ['core/domain must not import extension.ts (core/domain/a.ts)'],
    ],
    [
      'commands/a.ts',
      "import { b } from '../editor/b.js';",
      ['commands must not import editor (commands/a.ts)'],
    ],
    ['core/domain/a.ts', '\n// As Julia does.', ['core/domain/a.ts:2 must not name Julia']],
    ['commands/a.ts', "const a = 'slurm';", ['commands/a.ts:1 must not name slurm']],
    ['commands/a.ts', 'const pythonFrame = /x/;', ['commands/a.ts:1 must not name python']],
    ['editor/a.ts', "import { b } from '../store/b.js';", ['editor must not import store (editor/a.ts)']],
    ['editor/a.ts', "import { b } from 'node:fs';", ['editor must not import node:fs (editor/a.ts)']],
    ['backends/slurm/a.ts', "import z from 'zod';", ['slurm must not import zod (backends/slurm/a.ts)']],
    ['http/a.ts', "import { b } from '../backends/slurm/b.js';", ['http must not import slurm (http/a.ts)']],
    [
      'backends/slurm/a.ts',
      "import { b } from '../index.js';",
      ['slurm must not import backends (backends/slurm/a.ts)'],
    ],
    [
      'backends/slurm/a.ts',
      "import { spawn } from 'node:child_process';",
      ['backends/slurm/a.ts must not import node:child_process'],
    ],
    [
      'extension.ts',
      "import { spawn } from 'node:child_process';",
      ['extension.ts must not import node:child_process'],
    ],
    [
      'programs/a.ts',
      "import { b } from '../editor/b.js';",
      ['programs must not import editor (programs/a.ts)'],
    ],
    [
      'core/domain/a.ts',
      "import { b } from '../jobs/b.js';",
      ['core/domain must not import core/jobs (core/domain/a.ts)'],
    ],
    ['lib/a.ts', "import { b } from '../core/domain/b.js';", ['lib must not import core/domain (lib/a.ts)']],
    ['lib/a.ts', "import { b } from 'node:fs';", ['lib must not import node:fs (lib/a.ts)']],
    ['lib/a.ts', "import { b } from './node/b.js';", ['lib must not import lib/node (lib/a.ts)']],
    [
      'core/domain/a.ts',
      "import { b } from '../../lib/node/b.js';",
      ['core/domain must not import lib/node (core/domain/a.ts)'],
    ],
    ['lib/node/a.ts', "import b from 'axios';", ['lib/node must not import axios (lib/node/a.ts)']],
    ['extra/a.ts', '', ['extra/a.ts is in a folder that is not in the table']],
    ['core/domain/a.ts', 'globalThis.setInterval(f, 1);', ['core/domain/a.ts must not use setInterval']],
    ['core/domain/a.ts', "console.log('x');", ['core/domain/a.ts must not use console']],
    [
      'commands/a.ts',
      'export function a({ ui }: CommandDeps): void {}',
      ['commands/a.ts must not depend on all CommandDeps'],
    ],
    ['core/domain/a.ts', '\n'.repeat(301), ['core/domain/a.ts has 301 lines, over 300']],
  ];
  for (const [path, text, expected] of cases)
    it(`reports: ${expected.join('; ')}: ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.deepEqual(violations([{ path, text }]), expected);
    });

  it('accepts what the table allows', () => {
    assert.deepEqual(
      violations([
        { path: 'core/domain/a.ts', text: "import { b } from './b.js'; // console.log, setInterval" },
        { path: 'backends/index.ts', text: "import { a } from './slurm/backend.js';" },
        {
          path: 'backends/juliahub/a.ts',
          text: "import { a } from '../../http/process.js';\nimport { b } from '../../core/jobs/b.js';\nimport * as z from 'zod/mini';",
        },
        { path: 'backends/slurm/b.ts', text: "import { b } from '../scheduler/jobs/b.js';" },
        { path: 'backends/local/a.ts', text: "import { spawn } from 'node:child_process';" },
        {
          path: 'editor/sub/a.ts',
          text: "import { b } from '../b.js';\nimport { c } from '../../commands/c.js';",
        },
        { path: 'extension.ts', text: "import { b } from './store/b.js';" },
        { path: 'languages/a.ts', text: "import { b } from '../core/domain/b.js'; const julia = 1;" },
        { path: 'lib/node/a.ts', text: "import { b } from '../b.js';\nimport c from 'node:fs';" },
        { path: 'programs/a.ts', text: "const { b } = await import('../bundle/b.js');" },
        { path: 'commands/a.ts', text: "export function a({ ui }: Pick<CommandDeps, 'ui'>): void {}" },
        { path: 'core/domain/b.ts', text: '\n'.repeat(300) },
      ]),
      [],
    );
  });
});
