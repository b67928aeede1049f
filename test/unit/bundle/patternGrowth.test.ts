import assert from 'node:assert/strict';
import { Minimatch } from 'minimatch';
import { parseIgnoreFile } from '../../../src/bundle/rules.js';
import { startStopwatch } from '../../fakes/stopwatch.js';

/**
 * Patterns of any length whose stars, sets or brackets allow many attempts, and a text that none of them
 * matches.
 */
const families: readonly (readonly [name: string, pattern: (count: number) => string])[] = [
  ['a star before each letter', (count) => `${'*a'.repeat(count)}[!a]`],
  ['a star before each letter, and text that does not occur', (count) => `${'*a'.repeat(count)}c`],
  ['a star before each set', (count) => `${'*[ab]'.repeat(count)}c`],
  ['a star before each negated set', (count) => `${'*[!b]'.repeat(count)}b`],
  ['a star before each set with far characters', (count) => `${'*[a-😀]'.repeat(count)}😀`],
  ['a star before each class', (count) => `${'*[[:alpha:]]'.repeat(Math.min(count, 400))}1`],
  ['a star around each question mark', (count) => `${'*?*'.repeat(count)}c`],
  ['stars alone before text', (count) => `${'*'.repeat(count)}c`],
  ['globstars', (count) => `a/${'**/'.repeat(count)}c`],
  ['globstars at the end', (count) => `a/${'**/'.repeat(count)}`],
  ['globstars and a star at the end', (count) => `c/${'**/'.repeat(count)}*`],
  ['long pieces that almost match', (count) => `*${'a'.repeat(count / 4)}[!a]*${'a'.repeat(count / 4)}b*c`],
  ['unclosed brackets', (count) => `*${'['.repeat(count)}`],
  ['nested unclosed brackets', (count) => `*${'[[.a]'.repeat(count)}`],
  ['nested brackets', (count) => `*${'[[]'.repeat(count)}c`],
  ['classes without end in one set', (count) => `*a*[${'[:alpha:]'.repeat(count)}]c`],
  ['unclosed class names', (count) => `*[[:${'a[['.repeat(count)}`],
  ['braces', (count) => `*${'{a,b}'.repeat(count)}*{1..${'9'.repeat(count)}}`],
  ['nested braces', (count) => `*${'{a,'.repeat(count)}b${'}'.repeat(count)}*c`],
  ['extended patterns', (count) => `*${'+(a|b)'.repeat(count)}*c`],
  ['nested extended patterns', (count) => `*${'*(a'.repeat(count)}${')'.repeat(count)}*c`],
  ['backslashes', (count) => `*${'\\a*'.repeat(count)}c`],
];

const longest = 4096;
const fixedPaths = [
  'a'.repeat(longest),
  'a/'.repeat(longest / 2).slice(0, -1),
  'ab'.repeat(longest / 2),
  '😀'.repeat(longest / 2),
  `a${'/'.repeat(longest)}`,
  `${'a'.repeat(longest)}c`,
  `${'a'.repeat(longest)}b1c`,
  `${'a'.repeat(longest)}bc1`,
  `c/${'a/'.repeat(longest / 2)}c`,
];

/** Parses a file with one rule and tests paths, in milliseconds of this thread. */
function timed(pattern: string): number {
  const plain = pattern.slice(0, longest * 2);
  const paths = [...fixedPaths, plain, plain.replaceAll('*', ''), plain.replaceAll('*', 'aab')];
  const elapsedMs = startStopwatch();
  const { deciding } = parseIgnoreFile(pattern, 'f');
  for (const path of paths) for (const isDirectory of [false, true]) deciding(path, isDirectory);
  return elapsedMs();
}

describe('a pattern with very many possible matches', () => {
  // Even the smallest sizes took minutes in a single regular expression.
  for (const [name, pattern] of families)
    it(`is decided without delay at every size: ${name}`, () => {
      for (const count of [16, 128, 1024, 8192]) {
        const ms = timed(pattern(count));
        assert.ok(ms < 1500, `${String(count)}: ${String(ms)} ms`);
      }
    });

  it('needs time proportional to the length of a path', () => {
    const { deciding } = parseIgnoreFile(`${'*a'.repeat(40)}[!a]*b`, 'f');
    const ask = (length: number): number => {
      const path = `${'a'.repeat(length)}b`;
      const elapsedMs = startStopwatch();
      for (let turn = 0; turn < 200; turn++) deciding(path, false);
      return elapsedMs();
    };
    ask(1 << 12);
    const [short, long] = [1 << 12, 1 << 16].map((length) => Math.min(ask(length), ask(length), ask(length)));
    assert.ok((long ?? 0) < 16 * 4 * (short ?? 0) + 20, `${String(short)} ms became ${String(long)} ms`);
  });
});

describe('a file with very many rules', () => {
  it('is parsed in time proportional to its length, with any classes', () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `[[:alpha:][:graph:]]${String(index)}`);
    const elapsedMs = startStopwatch();
    assert.deepEqual(parseIgnoreFile(lines.join('\n'), 'f').warnings, []);
    assert.ok(elapsedMs() < 3000);
  });
});

describe('patterns with several stars', () => {
  it('match the same random paths as in minimatch alone', () => {
    let state = 20_260_101;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const text = (parts: readonly string[], most: number): string =>
      Array.from({ length: 1 + random(most) }, () => parts[random(parts.length)]).join('');
    const options = { dot: true, nobrace: true, nocomment: true, nonegate: true, noext: true } as const;
    let covered = 0;
    for (let round = 0; round < 10_000; round++) {
      const pattern = `x${text(['*', '*', '*', '**', '?', 'a', 'b', 'ab', '.', '-', '[ab]', '[!a]', '[a-c]'], 9)}`;
      const plain = new Minimatch(pattern, { ...options, platform: 'linux', noglobstar: true }).makeRe();
      const { deciding } = parseIgnoreFile(pattern, 'f');
      for (let turn = 0; turn < 4; turn++) {
        const path = `x${text(['a', 'a', 'b', 'ab', 'c', '.', '-'], 9)}`;
        const expected = plain !== false && plain.test(path);
        if (expected) covered++;
        assert.equal(deciding(path, false) !== undefined, expected, JSON.stringify({ pattern, path }));
      }
    }
    assert.ok(covered > 5_000, String(covered));
  });
});
