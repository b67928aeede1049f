import assert from 'node:assert/strict';
import { getNameEffect, getNameEffects } from '../../../src/lib/toolNames.js';

const git = [
  '.git',
  '.git/config',
  'out/.git/hooks/pre-commit',
  '.GIT/config',
  '.Git',
  '.git.',
  '.git . .',
  '.git/',
  '.git\\config',
  '.g\u200cit/config',
  '\ufeff.git/config',
  '.gi\u202et/config',
  '.g\u00adit',
  '．git/config',
  '.gıt/config'.replace('ı', 'i'),
  'git~1/config',
  'GIT~1',
  'a/GIT~2/config',
  '.git::$INDEX_ALLOCATION/config',
  '.git:x',
];

const tools = [
  '.gitmodules',
  '.gitattributes',
  '.GitConfig',
  '.github/workflows/ci.yml',
  '.vscode/settings.json',
  '.VSCODE/tasks.json',
  '.vscode./tasks.json',
  'VSCODE~1/tasks.json',
  '.envrc',
  '.env',
  'deep/.bashrc',
  '.bashrc ',
  '.b\u200bashrc',
  '.profile',
  '.zshrc',
  '.ssh/authorized_keys',
  '.ſsh/config',
  'SSH~1/config',
  '.npmrc',
  'NPMRC~1',
  '.devcontainer/devcontainer.json',
  '.devcontainer.json',
  'devcontainer.json',
  '.Rprofile',
  '.julia/config/startup.jl',
  '.config/fish/config.fish',
  '.eslintrc.js',
  '.mise.toml',
  '.hg/hgrc',
  '.idea/workspace.xml',
  'desktop.ini',
  'Desktop.INI',
  'DESKTO~1.INI',
  'a/autorun.inf',
  'AutoRun.inf.',
  'report.lnk',
  'x.desktop',
  '.juliabundleignore',
  'sitecustomize.py',
];

const plain = [
  'a.csv',
  'git',
  'git/config',
  'config',
  'a.git',
  'gitlog.txt',
  'model~1.json',
  'notes~12',
  'T:300K.csv',
  'back\\slash.txt',
  '...',
  '.ipynb_checkpoints/a.ipynb',
  '.nextflow.log',
  '.cache/weights.bin',
  '.DS_Store',
  '.hidden.csv',
  '.snapshot.h5',
  'profile',
  'env/bin/python',
  'Makefile',
  'caf\uefe9.csv',
];

describe('file names that programs act on', () => {
  for (const name of git)
    it(`detects a .git folder in ${JSON.stringify(name)}`, () => {
      assert.equal(getNameEffect(name), 'git');
    });
  for (const name of tools)
    it(`detects that programs act on ${JSON.stringify(name)}`, () => {
      assert.equal(getNameEffect(name), 'tool');
    });
  for (const name of plain)
    it(`accepts ${JSON.stringify(name)}`, () => {
      assert.equal(getNameEffect(name), undefined);
    });

  it('detects an unnamed repository, whose settings git obeys', async () => {
    const names = ['r/HEAD', 'r/Config', 'r/objects/x', 's/config', 'HEAD'];
    assert.deepEqual(
      [...(await getNameEffects(names))].filter(([, effect]) => effect !== undefined),
      [['r/Config', 'tool']],
    );
  });

  it('detects the other parts of a repository: hooks, settings elsewhere, alternative names', async () => {
    const names = [
      'r/HEAD',
      'r/commondir',
      'r/hooks/post-checkout',
      'r/config.worktree',
      'r/hooks',
      'r/x/config',
    ];
    const forms = [
      's/Head.',
      'S/Con\u200bfig',
      's/HOOKS/pre-commit ',
      'config',
      'hooks/x',
      'c++/HEAD',
      'c++/config',
    ];
    assert.deepEqual(
      [...(await getNameEffects([...names, ...forms]))]
        .filter(([, effect]) => effect !== undefined)
        .map(([name]) => name),
      [...names.slice(1, 4), ...forms.slice(1, 3), 'c++/config'],
    );
  });
});
