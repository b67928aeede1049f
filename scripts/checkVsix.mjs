// Refuses a packed extension that is too large, holds a file nobody meant to ship, or lacks one.
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Stop } from './run.mjs';

/** @typedef {{ eachEntry: () => AsyncIterable<{ fileName: string }> }} Zip */
/** @typedef {{ openPromise: (path: string) => Promise<Zip> }} Yauzl what is used of it; it brings no types */

/** The largest .vsix that is small, in bytes. */
const mostBytes = 400 * 1024;

/** What a package holds; the first two are the package's own frame. */
const required = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/package.json',
  'extension/dist/extension.js',
  'extension/readme.md',
  'extension/changelog.md',
  'extension/LICENSE.txt',
];

/** What it may hold besides: pictures, the walkthrough's texts and the translatable strings. */
const allowed = [/^extension\/package\.nls\.json$/, /^extension\/media\/[\w-]+(\/[\w-]+)?\.(png|svg|md)$/];

/** @param {string} vsix @returns {Promise<readonly string[]>} names of the files inside */
export async function filesOf(vsix) {
  // Loaded here, since this file is read before the packages are installed.
  const { openPromise } = /** @type {Yauzl} */ (createRequire(import.meta.url)('yauzl'));
  const zip = await openPromise(vsix);
  const names = [];
  for await (const entry of zip.eachEntry()) if (!entry.fileName.endsWith('/')) names.push(entry.fileName);
  return names;
}

/** @param {string} vsix */
export async function checkVsix(vsix) {
  const { size } = statSync(vsix);
  const files = await filesOf(vsix);
  const missing = required.filter((name) => !files.includes(name));
  const unknown = files.filter(
    (name) => !required.includes(name) && !allowed.some((pattern) => pattern.test(name)),
  );
  const wrong = [
    ...missing.map((name) => `${name} is missing`),
    ...unknown.map((name) => `${name} is not in the list of what is shipped (scripts/checkVsix.mjs)`),
    ...(size > mostBytes ? [`it has ${size} bytes; at most ${mostBytes} are allowed`] : []),
  ];
  if (wrong.length > 0) throw new Stop(`The package is not what it should be: ${wrong.join('; ')}.`);
}
