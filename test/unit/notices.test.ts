import assert from 'node:assert/strict';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipArchive } from 'archiver';
import type { Metafile } from 'esbuild';
import { checkVsix } from '../../scripts/checkVsix.mjs';
import { bundledPackages, lackingNotices, noticesText } from '../../scripts/notices.mjs';
import { inTemp } from './bundle/folders.js';

const mit = 'Permission is hereby granted, free of charge, to any person obtaining a copy. '.repeat(4).trim();

/** Writes packages by folder, with their files. */
function install(base: string, packages: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
  for (const [folder, files] of Object.entries(packages)) {
    const name = folder.replace(/^.*node_modules\//, '');
    const manifest = JSON.stringify({ name, version: '1.0.0', license: 'MIT' });
    for (const [file, text] of Object.entries({ 'package.json': manifest, ...files })) {
      mkdirSync(dirname(join(base, folder, file)), { recursive: true });
      writeFileSync(join(base, folder, file), text);
    }
  }
}

/** The esbuild metadata of a build that includes this many bytes of these files. */
const metafilesOf = (inputs: Readonly<Record<string, number>>): readonly Metafile[] => [
  {
    inputs: {},
    outputs: {
      'out.js': {
        bytes: 1,
        imports: [],
        exports: [],
        inputs: Object.fromEntries(
          Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }]),
        ),
      },
    },
  },
];

describe('the licenses of the bundled packages', () => {
  it('include every package in the build, also nested and scoped ones', () =>
    inTemp((temp) => {
      install(temp, {
        'node_modules/a': { LICENSE: `${mit} a` },
        'node_modules/@s/b': { 'license.md': `${mit} b`, NOTICE: 'Copyright Bea' },
        'node_modules/a/node_modules/c': { 'COPYING.txt': `${mit} c` },
        'node_modules/unused': {},
      });
      const packages = bundledPackages(
        metafilesOf({
          'src/main.ts': 10,
          'node_modules/a/lib/x.js': 1,
          'node_modules/@s/b/index.js': 1,
          'node_modules/a/node_modules/c/index.js': 1,
          'node_modules/unused/index.js': 0,
        }),
        temp,
      );
      assert.deepEqual(
        packages.map(({ name }) => name),
        ['@s/b', 'a', 'c'],
      );
      const text = noticesText(packages);
      for (const part of [`${mit} a`, `${mit} b`, 'Copyright Bea', `${mit} c`])
        assert.ok(text.includes(part), part);
      assert.deepEqual(lackingNotices(text, packages), []);
    }));

  it('come from the README of a package without a license file', () =>
    inTemp((temp) => {
      install(temp, { 'node_modules/a': { 'Readme.md': `a\n=\n\nUse it.\n\n## License\n\n${mit}\n` } });
      const [one] = bundledPackages(metafilesOf({ 'node_modules/a/i.js': 1 }), temp);
      assert.deepEqual(one?.texts, [mit]);
    }));

  for (const files of [
    {},
    { LICENSE: 'MIT' },
    { 'README.md': '# License\n\nMIT\n' },
    { 'licenses.json': mit },
  ])
    it(`stop packaging if a package has no license text: ${Object.keys(files).join()}`, () =>
      inTemp((temp) => {
        install(temp, { 'node_modules/a': files });
        assert.throws(
          () => bundledPackages(metafilesOf({ 'node_modules/a/i.js': 1 }), temp),
          /license text: a 1\.0\.0\./,
        );
      }));
});

describe('a packaged extension', () => {
  const packages = [{ name: 'a', version: '1.0.0', license: 'MIT', texts: [mit] }];
  const files = ['[Content_Types].xml', 'extension.vsixmanifest'].concat(
    [
      'package.json',
      'dist/main.js',
      'dist/bundleWorker.js',
      'dist/jobRunner.js',
      'dist/askpass.js',
      'dist/chunks/backend-ABC12345.js',
      'readme.md',
      'changelog.md',
      'LICENSE.txt',
    ].map((name) => `extension/${name}`),
  );

  const packed = (
    notices: string | undefined,
    act: (vsix: string) => Promise<void>,
    names: readonly string[] = files,
    readme = 'x',
  ): Promise<void> =>
    inTemp(async (temp) => {
      const zip = new ZipArchive();
      const vsix = join(temp, 'x.vsix');
      for (const name of names) zip.append(name === 'extension/readme.md' ? readme : 'x', { name });
      if (notices !== undefined) zip.append(notices, { name: 'extension/dist/THIRD_PARTY_NOTICES.txt' });
      await Promise.all([pipeline(zip, createWriteStream(vsix)), zip.finalize()]);
      await act(vsix);
    });

  it('is accepted with the license of each package in it', () =>
    packed(noticesText(packages), (vsix) => checkVsix(vsix, packages)));

  it('is rejected without the license file', () =>
    packed(undefined, (vsix) =>
      assert.rejects(checkVsix(vsix, packages), /THIRD_PARTY_NOTICES\.txt is missing/),
    ));

  it('is rejected if the license of a package is missing', () =>
    packed(noticesText(packages), async (vsix) => {
      const more = [...packages, { name: 'b', version: '2.0.0', license: 'MIT', texts: [`${mit} b`] }];
      await assert.rejects(checkVsix(vsix, more), /the license of b 2\.0\.0 is missing from its notices/);
    }));

  it('is rejected without a program that it starts', () =>
    packed(
      noticesText(packages),
      (vsix) => assert.rejects(checkVsix(vsix, packages), /dist\/jobRunner\.js is missing/),
      files.filter((name) => !name.endsWith('jobRunner.js')),
    ));

  it('is rejected with source maps', () =>
    packed(
      noticesText(packages),
      (vsix) => assert.rejects(checkVsix(vsix, packages), /dist\/maps\/main\.js\.map is not in the list/),
      [...files, 'extension/dist/maps/main.js.map'],
    ));

  const shown = 'https://github.com/a/b/raw/HEAD/media/screenshots/running.png';
  for (const picture of ['media/screenshots/running.png', `${shown}.old`])
    it(`is rejected if its page cannot show ${picture}`, () =>
      packed(
        noticesText(packages),
        (vsix) => assert.rejects(checkVsix(vsix, packages), /the extension's page cannot show/),
        files,
        `![A job](${shown})\n![A job](${picture})`,
      ));

  it('is accepted with images of its repository', () =>
    packed(noticesText(packages), (vsix) => checkVsix(vsix, packages), files, `![A job](${shown})`));

  it('is refused where nothing is known of what is in it', () =>
    packed(noticesText(packages), (vsix) =>
      assert.rejects(checkVsix(vsix, []), /no package of its program is known/),
    ));
});
