// The licenses of all packages that ship with the extension.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, Stop } from './run.mjs';

/** @typedef {{ name: string, version: string, license: string, texts: readonly string[] }} BundledPackage */

/** File names of license texts. */
const licenseFile = /^(licen[cs]e|copying|notice)([.-]|$)/i;

/** Minimum length of a license text, in characters. */
const minLength = 200;

/**
 * Packages with at least one byte in the build, by name and version.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @param {string} [base] the folder that paths are relative to
 * @returns {readonly BundledPackage[]}
 * @throws {Stop} if one has no license text
 */
export function bundledPackages(metafiles, base = root) {
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs));
  const inputs = outputs.flatMap(({ inputs }) => Object.entries(inputs));
  const folders = new Set(
    inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? (folderOf(path) ?? []) : [])),
  );
  const packages = [...folders].map((folder) => readPackage(join(base, folder)));
  const lacking = packages.filter(({ texts }) => texts.join('').trim().length < minLength);
  if (lacking.length > 0)
    throw new Stop(
      `These packages are part of the extension, but have no license text: ${lacking.map(titleOf).join(', ')}.`,
    );
  // The same version can be installed in several places.
  const byTitle = new Map(packages.map((one) => [titleOf(one), one]));
  return [...byTitle.values()].sort((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1));
}

/** The folder of the package that contains a source file; undefined: none. @param {string} path */
const folderOf = (path) => /^(?:.*:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];

/** @param {string} folder @returns {BundledPackage} */
function readPackage(folder) {
  const { name, version, license } = /** @type {{ name: string, version: string, license?: string }} */ (
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  );
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && licenseFile.test(entry.name),
  );
  const texts = files.map((file) => readFileSync(join(folder, file.name), 'utf8').trim());
  if (texts.length === 0) texts.push(...readmeSection(folder));
  return { name, version, license: license ?? 'see below', texts };
}

/** The license section of a package's README, for packages without a license file. @param {string} folder */
function readmeSection(folder) {
  const name = readdirSync(folder).find((file) => /^readme(\.|$)/i.test(file));
  const readme = name === undefined ? '' : readFileSync(join(folder, name), 'utf8');
  const section = /^(?:#+ *)?Licen[cs]e *\n(?:[-=]+ *\n)?([^]+?)(?=^#|^.+\n(?:---|===)|(?![^]))/im.exec(
    readme,
  )?.[1];
  return section === undefined ? [] : [section.trim()];
}

/** @param {Pick<BundledPackage, 'name' | 'version'>} its */
const titleOf = ({ name, version }) => `${name} ${version}`;

/**
 * @param {readonly BundledPackage[]} packages
 * @returns {string} the content of the file that ships
 */
export const noticesText = (packages) =>
  [
    'Batch Jobs contains these packages, each under its own license.',
    ...packages.map((one) => [headingOf(one), ...one.texts].join('\n\n')),
  ].join('\n\n\n') + '\n';

/** @param {BundledPackage} its */
const headingOf = (its) => `${'='.repeat(80)}\n${titleOf(its)} (${its.license})`;

/**
 * Packages missing from a notices file.
 *
 * @param {string} notices
 * @param {readonly BundledPackage[]} packages
 * @returns {readonly string[]} names and versions of packages whose licenses are missing
 */
export const lackingNotices = (notices, packages) =>
  packages
    .filter((one) => {
      const at = notices.indexOf(headingOf(one));
      return at < 0 || !one.texts.every((text) => notices.includes(text, at));
    })
    .map(titleOf);
