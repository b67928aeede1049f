import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import escapeStringRegexp from 'escape-string-regexp';
import manifest from '../../package.json' with { type: 'json' };
import texts from '../../package.nls.json' with { type: 'json' };
import { providers } from '../../scripts/contributions.js';
import type { BackendProvider } from '../../src/core/domain/provider.js';
import { listContractLanes } from '../lanes.mjs';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The test files directly in a folder; none if the folder does not exist. */
const listTests = (folder: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.test.ts'),
      )
    : [];

/** Folders with a provider, except for the part that all schedulers share. */
const kinds = readdirSync(join(root, 'src/backends')).filter(
  (name) => name !== 'scheduler' && existsSync(join(root, 'src/backends', name, 'provider.ts')),
);

const settingIds = ({ kind, settings }: BackendProvider): readonly string[] =>
  settings.map(({ name }) => `batchJobs.${kind}.${name}`);

const contractTests = (kind: string): readonly string[] =>
  listTests('test/contract').filter((name) => new RegExp(`^${kind}(?=[A-Z.])`).test(name));

interface ChecklistItem {
  /** As in the checklist in CONTRIBUTING. */
  readonly title: string;
  readonly isDone: (provider: BackendProvider) => boolean;
}

const checklist: readonly ChecklistItem[] = [
  {
    title: '`src/backends/index.ts` lists the provider, and its `kind` is the name of its folder.',
    isDone: ({ kind }) => read('src/backends/index.ts').includes(`'./${kind}/provider.js'`),
  },
  {
    title: '`provider.ts` loads the backend or dialect with `import()`, so that activation stays fast.',
    isDone: ({ kind }) =>
      !/^import (?!type\b)[^;]*'\.\/(?:backend|dialect)\.js'/m.test(read(`src/backends/${kind}/provider.ts`)),
  },
  {
    title: '`title` and `detail` are short, and `detail` has no period at the end.',
    isDone: ({ title, detail }) => title.length <= 20 && detail.length <= 80 && !detail.endsWith('.'),
  },
  { title: '`icon` is the name of a codicon.', isDone: ({ icon }) => /^[a-z]+(?:-[a-z]+)*$/.test(icon) },
  {
    title: '`keywords` are lowercase and include the kind; `package.json` has at most 30 in total.',
    isDone: ({ kind, keywords }) =>
      keywords.every((word) => /^[a-z0-9-]+$/.test(word) && manifest.keywords.includes(word)) &&
      (kind === 'local' || keywords.includes(kind)) &&
      manifest.keywords.length <= 30,
  },
  {
    title: '`npm run contributions` has written its settings and texts, and no activation event was added.',
    isDone: (provider) =>
      [
        `kind.${provider.kind}`,
        ...settingIds(provider).map((id) => id.replace('batchJobs', 'setting')),
      ].every((key) => Object.hasOwn(texts, key)) &&
      manifest.activationEvents.every((event) => event === 'onFileSystem:batch-jobs-log'),
  },
  {
    title: '`docs/protocols/<kind>.md` describes what the scheduler or service expects, with sources.',
    isDone: ({ kind }) =>
      kind === 'local' ||
      (existsSync(join(root, `docs/protocols/${kind}.md`)) &&
        /^\*\*Sources\.?\*\*/m.test(read(`docs/protocols/${kind}.md`))),
  },
  {
    title: '`README.md` has a row in the table of backends and a row for each setting.',
    isDone: (provider) => {
      const readme = read('README.md');
      return (
        new RegExp(`^\\| ${escapeStringRegexp(provider.title)} +\\|`, 'm').test(readme) &&
        settingIds(provider).every((id) => readme.includes(`\`${id}\``))
      );
    },
  },
  {
    title: '`CHANGELOG.md` names the backend.',
    isDone: ({ title }) => new RegExp(`^- ${escapeStringRegexp(title)}:`, 'm').test(read('CHANGELOG.md')),
  },
  {
    title: '`test/contract/<kind>.test.ts` runs the contract of a backend.',
    isDone: ({ kind }) =>
      contractTests(kind).includes(`${kind}.test.ts`) &&
      read(`test/contract/${kind}.test.ts`).includes('backendContract('),
  },
  {
    title: '`test/lanes.mjs` has a lane for its contract tests.',
    isDone: ({ kind }) =>
      contractTests(kind).every((name) =>
        listContractLanes().some(
          (lane) => lane.name !== name && lane.files.includes(`test/contract/${name}`),
        ),
      ),
  },
  {
    title: '`test/unit/backends/<kind>/` has unit tests.',
    isDone: ({ kind }) => listTests(`test/unit/backends/${kind}`).length > 0,
  },
];

describe('the checklist for adding a backend', () => {
  it('is the one in CONTRIBUTING', () => {
    const listed = [...read('CONTRIBUTING.md').matchAll(/^- \[ \] (.+(?:\n {2,}\S.*)*)/gm)];
    assert.deepEqual(
      listed.map(([, text = '']) => text.replaceAll(/\s+/g, ' ')),
      checklist.map(({ title }) => title),
    );
  });

  it('applies to every folder with a provider, and to no other', () => {
    const described = providers().map(({ kind }) => kind);
    assert.deepEqual([...described].sort(), [...kinds].sort());
  });

  for (const provider of providers())
    for (const { title, isDone } of checklist)
      it(`${provider.title}: ${title}`, () => {
        assert.ok(isDone(provider));
      });
});
