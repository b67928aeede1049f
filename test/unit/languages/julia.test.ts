import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import type { OtherExtensions, UserFiles } from '../../../src/core/domain/language.js';
import {
  createJuliaSupport,
  getConfiguredJulia,
  parseManifestName,
  sortManifests,
} from '../../../src/languages/julia.js';

/** These files, below a workspace folder `/w`. */
const userFiles = (files: Readonly<Record<string, string>>): UserFiles => ({
  listFoldersAround: (file) => {
    const folders = [dirname(file)];
    while (folders.at(-1) !== '/w') folders.push(dirname(folders.at(-1) ?? ''));
    return folders;
  },
  listNames: (folder) =>
    Promise.resolve(
      Object.keys(files)
        .filter((path) => dirname(path) === folder)
        .map((path) => path.slice(folder.length + 1)),
    ),
  readText: (path) => Promise.resolve(files[path]),
});

/** The Julia extension with this active environment; undefined: it is not active. */
const extensionsWith = (active?: string): OtherExtensions => ({
  getApi: <T extends object>(id: string, activate: boolean) => {
    assert.deepEqual([id, activate], ['julialang.language-julia', false]);
    const api: object = { getEnvironment: () => Promise.resolve(active) };
    // SAFETY: the API of this extension has the member.
    return Promise.resolve(active === undefined ? undefined : (api as Partial<T>));
  },
  getSetting: (section, name) => `${section}.${name}`,
});

describe('Julia environments', () => {
  it('are the one nearest to the script, and the active one', async () => {
    const files = userFiles({
      '/w/Project.toml': 'top',
      '/w/a/JuliaProject.toml': 'nearest',
      '/w/a/Manifest-v1.11.toml': 'lock',
      '/w/a/Artifacts.toml': 'artifacts',
      '/v1.11/Project.toml': 'active',
    });
    const { found, read } = await createJuliaSupport(
      files,
      extensionsWith('/v1.11/Project.toml'),
    ).findEnvironments('/w/a/b/fit.jl');
    assert.deepEqual(found, [
      {
        folder: '/w/a',
        files: { 'Project.toml': 'nearest', 'Manifest.toml': 'lock', 'Artifacts.toml': 'artifacts' },
      },
      { folder: '/v1.11', files: { 'Project.toml': 'active' } },
    ]);
    assert.deepEqual(await read('/w'), { folder: '/w', files: { 'Project.toml': 'top' } });
    assert.equal(await read('/w/a/b'), undefined);
  });

  it('are the active one alone for a script that was never saved', async () => {
    const files = userFiles({ '/v1.11/Manifest.toml': 'lock' });
    const { found } = await createJuliaSupport(files, extensionsWith('/v1.11')).findEnvironments(undefined);
    assert.deepEqual(found, [{ folder: '/v1.11', files: { 'Manifest.toml': 'lock' } }]);
  });

  it('have the manifest that the project names', async () => {
    const project = 'manifest = "locked/M.toml"';
    const files = userFiles({
      '/w/Project.toml': project,
      '/w/Manifest.toml': 'no',
      '/w/locked/M.toml': 'yes',
    });
    const { found } = await createJuliaSupport(files, extensionsWith()).findEnvironments('/w/a.jl');
    assert.deepEqual(found, [{ folder: '/w', files: { 'Project.toml': project, 'Manifest.toml': 'yes' } }]);
  });

  it('run in the executable of the Julia extension', () => {
    assert.equal(getConfiguredJulia(extensionsWith()), 'julia.executablePath');
  });
});

describe('the manifest of a Julia environment', () => {
  for (const names of [[], ['Manifest-v1.11.toml'], ['Manifest.toml', 'Manifest-v1.11.toml']])
    it(`is looked for first under the names without a version: ${names.join()}`, () => {
      assert.deepEqual(sortManifests(names).slice(0, 2), ['JuliaManifest.toml', 'Manifest.toml']);
    });

  it('is the one of the newest version where there is no other', () => {
    const names = [
      'Manifest-v1.9.toml',
      'x',
      'Manifest-v1.11.toml',
      'JuliaManifest-v1.11.toml',
      'Manifest-v2.0.toml',
    ];
    assert.deepEqual(sortManifests(names).slice(2), [
      'Manifest-v2.0.toml',
      'JuliaManifest-v1.11.toml',
      'Manifest-v1.11.toml',
      'Manifest-v1.9.toml',
    ]);
  });

  it('is no other file', () => {
    const names = [
      'Manifest-v1.toml',
      'manifest.toml',
      'Manifest.toml.bak',
      'MyManifest.toml',
      'Manifest-v1.11.1.toml',
    ];
    assert.equal(sortManifests(names).length, 2);
  });

  it('is the one that the project names', () => {
    assert.equal(
      parseManifestName('name = "A"\nmanifest = "env/Locked.toml"\n\n[deps]\n'),
      'env/Locked.toml',
    );
    assert.equal(parseManifestName('[deps]\nmanifest = "no"\n'), undefined);
    assert.equal(parseManifestName(''), undefined);
  });
});
