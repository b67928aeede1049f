// Rejects a packed extension that is too large, contains an unexpected file, or lacks one.
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { programs } from './build.mjs';
import { lackingNotices } from './notices.mjs';
import { root, Stop } from './run.mjs';

/** @typedef {{ fileName: string }} ZipEntry */
/** @typedef {{ eachEntry: () => AsyncIterable<ZipEntry>, openReadStreamPromise: (entry: ZipEntry) => Promise<import('node:stream').Readable> }} Zip */
/**
 * @typedef {{ openPromise: (path: string) => Promise<Zip> }} Yauzl the members used; the package has no types
 */

/** Maximum size of the .vsix, in bytes. */
const mostBytes = 520 * 1024;

/** Required files of a package; the first two are the package format's own. */
const required = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/package.json',
  'extension/dist/main.js',
  'extension/dist/bundleWorker.js',
  ...programs.map((name) => `extension/dist/${name}.js`),
  'extension/readme.md',
  'extension/changelog.md',
  'extension/LICENSE.txt',
  'extension/dist/THIRD_PARTY_NOTICES.txt',
];

/**
 * Other allowed files: parts of the program, pictures, the walkthrough's texts, and the translatable strings.
 */
const allowed = [
  /^extension\/dist\/chunks\/[\w-]+\.js$/,
  /^extension\/package\.nls\.json$/,
  /^extension\/media\/[\w-]+(\/[\w-]+)?\.(png|svg|md)$/,
];

/** @param {string} vsix @returns {Promise<readonly string[]>} names of its files */
export const filesOf = async (vsix) => (await readVsix(vsix)).files;

/** @param {string} vsix @returns {Promise<{ files: readonly string[], notices: string, readme: string }>} */
async function readVsix(vsix) {
  // Loaded here because this file is read before the packages are installed.
  const { openPromise } = /** @type {Yauzl} */ (createRequire(import.meta.url)('yauzl'));
  const zip = await openPromise(vsix);
  const files = [];
  let notices = '';
  let readme = '';
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith('/')) files.push(entry.fileName);
    if (entry.fileName.endsWith('/THIRD_PARTY_NOTICES.txt'))
      notices = await text(await zip.openReadStreamPromise(entry));
    if (entry.fileName === 'extension/readme.md') readme = await text(await zip.openReadStreamPromise(entry));
  }
  return { files, notices, readme };
}

/**
 * @param {string} vsix
 * @param {readonly import('./notices.mjs').BundledPackage[]} packages the packages bundled into its program
 */
export async function checkVsix(vsix, packages) {
  const { size } = statSync(vsix);
  const { files, notices, readme } = await readVsix(vsix);
  const missing = required.filter((name) => !files.includes(name));
  const unknown = files.filter(
    (name) => !required.includes(name) && !allowed.some((pattern) => pattern.test(name)),
  );
  const wrong = [
    ...missing.map((name) => `${name} is missing`),
    ...unknown.map((name) => `${name} is not in the list of shipped files (scripts/checkVsix.mjs)`),
    ...(packages.length === 0 ? ['no package of its program is known'] : []),
    ...lackingNotices(notices, packages).map((name) => `the license of ${name} is missing from its notices`),
    ...hiddenPictures(readme).map((picture) => `the extension's page cannot show ${picture}`),
    ...(size > mostBytes ? [`it has ${size} bytes; at most ${mostBytes} are allowed`] : []),
  ];
  if (wrong.length > 0) throw new Stop(`The package is invalid: ${wrong.join('; ')}.`);
}

/**
 * Pictures of a packed README that its page cannot show: those without a URL, and those missing from the
 * repository. vsce turns relative paths into URLs in the `repository` of package.json.
 *
 * @param {string} readme
 */
function hiddenPictures(readme) {
  const pictures = [...readme.matchAll(/!\[[^\]]*\]\(([^)]*)\)/g)].map(([, address = '']) => address);
  return pictures.filter((address) => {
    const path = /^https:\/\/[^/]+\/[^/]+\/[^/]+\/raw\/HEAD\/(.+)$/.exec(address)?.[1];
    return path === undefined || !existsSync(join(root, path));
  });
}
