import assert from 'node:assert/strict';
import { parseIgnoreFile } from '../../../src/bundle/rules.js';
import { keeps } from './eightRules.js';

const excludes = (text: string, path: string, isDirectory = false): boolean =>
  parseIgnoreFile(text, '.juliabundleignore').deciding(path, isDirectory)?.excludes ?? false;

/**
 * For each rule, paths that it matches and paths that it does not; a path that ends with `/` is a directory.
 */
const table: readonly [rule: string, covered: readonly string[], spared: readonly string[]][] = [
  ['foo.csv', ['foo.csv', 'foo.csv/'], ['dir1/foo.csv', 'foo.csvx', 'xfoo.csv', 'FOO.csv', 'foo_csv']],
  ['*/foo.csv', ['dir1/foo.csv', 'a/b/foo.csv'], ['foo.csv']],
  ['**/foo.csv', ['dir1/foo.csv', 'a/b/foo.csv'], ['foo.csv']],
  ['/foo.csv', [], ['foo.csv', 'a/foo.csv']],
  ['./foo.csv', [], ['foo.csv']],
  ['*.exe', ['xyz.exe', 'dir1/binary.exe', '.exe', 'a/.exe'], ['exe', 'a.exe.txt']],
  ['out/', ['out/'], ['out', 'a/out/']],
  ['out', ['out/', 'out'], ['out/x', 'a/out']],
  ['out/*', ['out/', 'out/x', 'out/x/y'], ['out', 'a/out/x']],
  ['out/**', ['out/', 'out/x'], ['out']],
  ['out/**/', ['out/', 'out/x/'], ['out', 'out/x', 'a/out/']],
  ['out/**/*', ['out/', 'out/x/y'], ['out']],
  ['out*', ['out', 'output/', 'out/x', 'out.txt'], ['a/out']],
  ['dir1?foo.csv', ['dir1/foo.csv', 'dir1_foo.csv'], ['dir1foo.csv', 'dir1//foo.csv']],
  ['?', ['a', 'é', '😀', '.', 'a/'], ['ab', '']],
  ['[ab].csv', ['a.csv', 'b.csv'], ['c.csv', 'ab.csv']],
  ['[!ab].csv', ['c.csv', '!.csv', '😀.csv', '/.csv'], ['a.csv', 'b.csv']],
  ['[^ab].csv', ['^.csv', 'a.csv'], ['c.csv']],
  ['[^].csv', ['^.csv'], ['a.csv']],
  ['[a^].csv', ['^.csv', 'a.csv'], ['b.csv']],
  ['[^-`].csv', ['^.csv', '_.csv', '`.csv'], ['a.csv', ']'.concat('.csv')]],
  [']x', [']x'], ['x']],
  ['[]a]x', [']x', 'ax'], ['x', 'bx']],
  ['[!]a]x', ['bx'], [']x', 'ax']],
  ['[a-c]x', ['ax', 'bx', 'cx'], ['dx', '-x']],
  ['[c-a]x', [], ['ax', 'bx', 'cx', '-x']],
  ['[a-]x', ['ax', '-x'], ['bx']],
  ['[-a]x', ['ax', '-x'], ['bx']],
  ['[+-9]x', ['/x', '.x', '5x'], ['ax']],
  ['[[:digit:]]', ['0', '9'], ['a', '٣']],
  ['[[:alpha:]_]x', ['ax', 'éx', '_x', 'ßx'], ['1x', '-x']],
  ['[![:space:]]x', ['ax'], [' x', '\u00a0x', '\tx']],
  ['[[.a.]-c]', ['a', 'b', 'c'], ['.', 'd']],
  ['[[=a=]]', ['a'], ['=', 'b']],
  ['[:alpha:]', ['a', ':', 'l'], ['b', '[']],
  ['a[', ['a['], ['a']],
  ['a[bc', ['a[bc'], ['ab', 'ac']],
  ['[\\]x', ['\\x'], [']x', 'x']],
  ['[a\\]b]', ['ab]', '\\b]'], ['b', ']b]']],
  ['[😀-😎]', ['😀', '😃', '😎'], ['😐', 'a', '\u{1f5ff}']],
  ['[~-😀]', ['~', 'é', '\uffff', '😀'], ['a', '😁']],
  ['a\\*b', ['a*b'], ['axb', 'a\\xb']],
  ['\\a\\.txt', ['a.txt'], ['\\a.txt']],
  ['a\\\\b', ['a\\b'], ['a\\\\b']],
  ['ends\\', ['ends\\'], ['ends']],
  ['\\#weird', ['#weird'], ['\\#weird']],
  ['\\!bang', ['!bang'], ['bang']],
  ['{a,b}.csv', ['{a,b}.csv'], ['a.csv', 'b.csv']],
  ['+(a|b)', ['+(a|b)'], ['a', 'ab']],
  ['@(a)?(b)*(c)', ['@(a)x(b)y(c)'], ['abc', 'a']],
  ['a|b', ['a|b'], ['a', 'b']],
  ['a$^b.', ['a$^b.'], ['a$^bx']],
  ['.*', ['.hidden', '.hidden/', '..a', '.'], ['a', 'a/.hidden']],
  ['*', ['a', '.hidden', 'a/b', 'a/', '\n'], []],
  ['a b', ['a b'], ['a', 'a  b']],
  ['line?feed', ['line\nfeed'], ['linefeed']],
];

describe('a rule of an ignore file', () => {
  for (const [rule, covered, spared] of table) {
    it(`${rule} matches the expected paths only`, () => {
      const asked = (path: string): boolean =>
        excludes(rule, path.replace(/(?<=.)\/$/, ''), /.\/$/.test(path));
      assert.deepEqual(covered.filter(asked), covered);
      assert.deepEqual(spared.filter(asked), []);
    });
  }
});

describe('an ignore file', () => {
  it('applies the last rule that matches a path, and returns its line', () => {
    const rules = parseIgnoreFile('# data\n\n*.csv\n!keep.csv\n  *p.csv  \n', 'sub/.juliabundleignore');
    assert.deepEqual(rules.deciding('a.csv', false), { text: '*.csv', line: 3, excludes: true });
    assert.deepEqual(rules.deciding('keep.csv', false), { text: '*p.csv', line: 5, excludes: true });
    assert.equal(rules.deciding('main.jl', false), undefined);
    assert.equal(rules.file, 'sub/.juliabundleignore');
  });

  it('includes paths again that a later line with ! matches', () => {
    assert.equal(excludes('*\n!main.jl', 'main.jl'), false);
    assert.equal(excludes('*\n!main.jl', 'other.jl'), true);
    assert.equal(excludes('!main.jl\n*', 'main.jl'), true);
  });

  it('can have Windows line ends and a byte order mark', () => {
    assert.equal(excludes('\ufeff*.csv\r\n!keep.csv\r\n', 'a.csv'), true);
    assert.equal(excludes('\ufeff*.csv\r\n!keep.csv\r\n', 'keep.csv'), false);
    assert.equal(excludes('#\r\n\r\nlast', 'last'), true);
  });

  it('has all kinds of white space trimmed at both ends of a line', () => {
    assert.equal(excludes(' \t\u00a0a.csv\u2003\v ', 'a.csv'), true);
  });

  it('warns about an unknown class, and continues with the other lines', () => {
    const { warnings, deciding } = parseIgnoreFile('[[:vowel:]]\n*.csv', 'f');
    assert.deepEqual(warnings, ['f:1: "[[:vowel:]]" matches nothing: [:vowel:] is not a character class.']);
    assert.equal(deciding('a.csv', false)?.line, 2);
  });

  it('warns about a line that is too long', () => {
    const { warnings } = parseIgnoreFile('a*'.repeat(40_000), 'f');
    assert.match(warnings[0] ?? '', /^f:1: .* matches nothing: it is too long\.$/);
  });
});

describe('random rules', () => {
  const seed = 20_260_101;
  const rounds = 5_000;
  const patternParts =
    '* * * ? [ ] ! \\ - ^ { } ( ) + @ # . / / a b c z | [:digit:] [[:digit:]x] [[:space:]] [!a] [^a] [a-c] [z-a] []a] [!]a] [a-] [-a] [\\] [a\\]b] [/] [+-9] [😀-😎] [!😀] é ü 😀 A'
      .split(' ')
      .concat(' ');
  const pathParts = 'a b c z A 9 é ü 😀 😎 . .. / / - ^ [ ] ! \\ * ? # { } ( ) + @ |'
    .split(' ')
    .concat(' ', '\n', '\t');

  it('match the same paths as a second implementation', () => {
    const random = randomFrom(seed);
    const pick = (parts: readonly string[]): string => parts[random(parts.length)] ?? '';
    const text = (parts: readonly string[]): string =>
      Array.from({ length: 1 + random(6) }, () => pick(parts)).join('');
    let decided = 0;
    for (let round = 0; round < rounds; round++) {
      const lines = Array.from({ length: 1 + random(3) }, () => text(patternParts).trim());
      const drawn = random(3) > 0 ? text(pathParts) : like(lines[0] ?? '', () => pick(pathParts), random);
      const path = drawn.replace(/\/+/g, '/').replace(/^\/|\/$/g, '');
      if (path === '' || lines.some((line) => /\/(\*\*\/)+\*{0,2}$|^\s*$/.test(line))) continue; // see the table
      const isDirectory = random(2) === 0;
      const expected = keeps(lines, path, isDirectory);
      if (!expected) decided++;
      assert.equal(
        !excludes(lines.join('\n'), path, isDirectory),
        expected,
        JSON.stringify({ lines, path, isDirectory }),
      );
    }
    assert.ok(decided > rounds / 50, `only ${decided} paths were excluded`);
  });

  it('match folder by folder as they match whole paths', () => {
    const random = randomFrom(seed);
    const pick = (parts: readonly string[]): string => parts[random(parts.length)] ?? '';
    const text = (parts: readonly string[], most: number): string =>
      Array.from({ length: 1 + random(most) }, () => pick(parts)).join('');
    const folders = [...patternParts, '**/', '/**/', 'ab/', '/c', '*/'];
    let decided = 0;
    for (let round = 0; round < rounds * 2; round++) {
      const lines = Array.from({ length: 1 + random(5) }, () => text(folders, 5));
      const rules = parseIgnoreFile(lines.join('\n'), 'f');
      const drawn =
        random(3) > 0
          ? text([...pathParts, '/', 'ab'], 8)
          : like(lines[0] ?? '', () => pick(pathParts), random);
      const names = drawn.split('/').filter((name) => name !== '');
      const last = names.pop();
      if (last === undefined) continue;
      const inFolder = names.reduce((folder, name) => folder.into(name), rules.inFolder);
      for (const isDirectory of [false, true]) {
        const expected = rules.deciding([...names, last].join('/'), isDirectory);
        if (expected) decided++;
        assert.equal(inFolder.deciding(last, isDirectory), expected, JSON.stringify({ lines, names, last }));
      }
    }
    assert.ok(decided > rounds / 10, `only ${decided} paths were decided over`);
  });
});

/** A path that a pattern could match: its wildcards replaced, the rest unchanged. */
const like = (pattern: string, fill: () => string, random: (below: number) => number): string =>
  Array.from(pattern.replace(/^!/, ''))
    .map((char) => (char === '?' || (char === '*' && random(2) === 0) ? fill() : char === '*' ? '' : char))
    .join('');

/** Integers from 0, the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
