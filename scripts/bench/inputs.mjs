// Folders to bundle, identical each time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chance } from './frame.mjs';

const letters = 'etaoinsrhldcumfpgwybvkxjqz';

/**
 * A few frequent words and many rare ones, as in natural language.
 *
 * @param {() => number} random
 * @returns {() => string}
 */
function wordsOf(random) {
  const words = Array.from({ length: 5000 }, () =>
    Array.from({ length: 2 + random() * 8 }, () => letters[Math.floor(random() ** 2 * letters.length)]).join(
      '',
    ),
  );
  return () => words[Math.floor(words.length ** random())] ?? '';
}

/** @param {() => number} random @param {number} bytes @returns {string} lines of words and numbers */
function prose(random, bytes) {
  const word = wordsOf(random);
  const lines = [];
  for (let length = 0; length < bytes;) {
    const line = Array.from({ length: 4 + random() * 8 }, () =>
      random() < 0.1 ? Math.floor(random() * 1e4) : word(),
    );
    lines.push(line.join(' '));
    length += line.join(' ').length + 1;
  }
  return lines.join('\n').slice(0, bytes);
}

/** @param {() => number} random @param {number} bytes @returns {string} rows of numbers */
function table(random, bytes) {
  const rows = [];
  for (let length = 0; length < bytes;) {
    const row = Array.from({ length: 8 }, () => (random() * 1000).toFixed(4)).join(',');
    rows.push(row);
    length += row.length + 1;
  }
  return rows.join('\n').slice(0, bytes);
}

/** @param {() => number} random @param {number} bytes @returns {Uint32Array} incompressible */
const noise = (random, bytes) => Uint32Array.from({ length: bytes >> 2 }, () => random() * 2 ** 32);

/**
 * Writes a project: text files in folders three levels deep, some large tables, noise, and the files of a
 * repository in `.git`.
 *
 * @param {string} folder that does not exist yet
 * @param {number} scale 1: 20 000 text files totaling 66 MB in 200 × 17 folders, 3 tables of 20 MB, 50 MB of
 *   noise,
 *   3 000 files in .git
 */
export function makeProject(folder, scale) {
  const random = chance(5);
  const pieces = prose(random, 8 << 20);
  const files = Math.round(20_000 * scale);
  const outer = Math.max(1, Math.round(200 * scale));
  for (let number = 0; number < files; number++) {
    const inner = join(folder, `part${number % outer}`, `group${Math.floor(number / outer) % 17}`);
    if (number < outer * 17) mkdirSync(inner, { recursive: true });
    const bytes = Math.round(300 + random() * 6000);
    const from = Math.floor(random() * (pieces.length - bytes));
    writeFileSync(join(inner, `file ${number}.txt`), pieces.slice(from, from + bytes));
  }
  for (let number = 0; number < 3; number++)
    writeFileSync(join(folder, `table${number}.csv`), table(random, 20e6 * scale));
  writeFileSync(join(folder, 'noise.bin'), noise(random, 50e6 * scale));
  for (let number = 0; number < 3000 * scale; number++) {
    const inner = join(folder, '.git', 'objects', (number % 256).toString(16));
    if (number < 256) mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, `object${number}`), pieces.slice(number, number + 200));
  }
}

/** The three kinds of lines in ignore files, repeated in typical proportions. */
const patterns = [
  (/** @type {number} */ number) => `*.old${number}`,
  (/** @type {number} */ number) => `part${number}/private/`,
  (/** @type {number} */ number) => `**/cache${number}/*`,
  (/** @type {number} */ number) => `data?/[a-m]*${number}.csv`,
  (/** @type {number} */ number) => `!part${number}/keep*`,
  (/** @type {number} */ number) => `*~draft${number}*`,
];

/**
 * Writes many small files with many rules that apply to them.
 *
 * @param {string} folder that does not exist yet
 * @param {number} scale 1: 100 000 files in 5 050 folders, 60 rules at the top and 12 in each of ten folders
 */
export function makeRuled(folder, scale) {
  const outer = Math.max(2, Math.round(50 * scale));
  const perFolder = 20;
  const rules = (/** @type {number} */ many) =>
    Array.from({ length: many }, (_, index) => patterns[index % patterns.length]?.(index)).join('\n');
  for (let a = 0; a < outer; a++) {
    for (let b = 0; b < 100; b++) {
      const inner = join(folder, `part${a}`, `group${b}`);
      mkdirSync(inner, { recursive: true });
      for (let c = 0; c < perFolder; c++)
        writeFileSync(join(inner, `file ${c}.${c % 9 === 0 ? 'old6' : 'txt'}`), '');
    }
    if (a % 5 === 0) writeFileSync(join(folder, `part${a}`, '.juliabundleignore'), rules(12));
  }
  writeFileSync(join(folder, '.juliabundleignore'), rules(60));
}

/**
 * Writes a project with the files of a package manager, which a top-level rule excludes.
 *
 * @param {string} folder that does not exist yet
 * @param {number} scale 1: 2 000 files, and 18 000 in `node_modules`
 * @param {boolean} withPackages whether there is a `node_modules`
 */
export function makePruned(folder, scale, withPackages) {
  const fill = (/** @type {string} */ start, /** @type {number} */ files) => {
    for (let number = 0; number < files; number++) {
      const inner = join(
        folder,
        start,
        `part${Math.floor(number / 20) % 97}`,
        `group${Math.floor(number / 20)}`,
      );
      if (number % 20 === 0) mkdirSync(inner, { recursive: true });
      writeFileSync(join(inner, `file${number}.js`), 'text\n');
    }
  };
  fill('src', 2000 * scale);
  writeFileSync(join(folder, '.juliabundleignore'), 'node_modules\n*.log\n');
  if (withPackages) fill('node_modules', 18_000 * scale);
}
