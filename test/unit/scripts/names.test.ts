import assert from 'node:assert/strict';
import {
  checkComments,
  checkDeclaredNames,
  checkDocs,
  formatMeasure,
  isMet,
  listComments,
  listTypeNames,
  measureNames,
  parseSource,
} from '../../../scripts/names.mjs';

const parse = (text: string, name = 'a.ts'): ReturnType<typeof parseSource> => parseSource(name, text);

describe('type names', () => {
  it('are those of interfaces, aliases, and classes at any depth', () => {
    const source = parse(
      'interface A {} type B = A; class C {} function f() { type D = B; } const E = class {};',
    );
    assert.deepEqual(listTypeNames(source), ['A', 'B', 'C', 'D']);
  });

  it('count once per file that declares them, and as one word without a second capital', () => {
    const [twice, oneWord] = measureNames([
      parse('type Log = 1; type JobLog = 2;'),
      parse('type JobLog = 3; { type JobLog = 4; }', 'b.ts'),
    ]);
    assert.deepEqual(
      [twice, oneWord].map((one) => [one?.count, one?.total, one?.findings]),
      [
        [1, 2, ['JobLog: a.ts, b.ts']],
        [1, 2, ['Log: a.ts']],
      ],
    );
  });
});

describe('banned names', () => {
  const check = (text: string): readonly string[] => checkDeclaredNames(parse(text)).findings;

  it('are bounds without max or min, wherever they are declared', () => {
    assert.deepEqual(check('const mostBytes = 1;\nfunction f(leastMs: number) {}'), [
      'a.ts:1 mostBytes: use max…',
      'a.ts:2 leastMs: use min…',
    ]);
    assert.equal(check('class A { #mostLines = 1; }').length, 1);
    assert.deepEqual(check('const almostDone = true; const most = 1; const maxBytes = 2;'), []);
  });

  it('are participles, validators and factories of functions only', () => {
    assert.deepEqual(check('const told = () => 1;\nfunction wrongPort() {}\ninterface A { jobOf(): void }'), [
      'a.ts:1 told: use a verb',
      'a.ts:2 wrongPort: use validate…',
      'a.ts:3 jobOf: use create…, to… or get…',
    ]);
    assert.deepEqual(check('const seen = new Set(); interface B { kept: number; partOf: string }'), []);
  });

  it('are not those that are only used', () => {
    assert.deepEqual(check("'a'.indexOf('b'); api.mostBytes();"), []);
  });
});

describe('comments', () => {
  it('are found anywhere but in strings, and line comments that follow each other are one', () => {
    const text = [
      '// one',
      '// two',
      "const a = '// no'; // three",
      '/** four',
      ' * five */',
      'f(/* six */);',
    ];
    assert.deepEqual(
      listComments(parse(text.join('\n'))).map((comment) => comment.text.replaceAll(/\s+/g, ' ')),
      ['// one two', '// three', '/** four five */', '/* six */'],
    );
  });

  it('are reported for a banned phrase, also across lines, with its line', () => {
    const text = ['/**', ' * Kept for', ' * ever.', ' */', 'const a = 1; // Nobody', "const b = 'nobody';"];
    assert.deepEqual(checkComments(parse(text.join('\n'))).findings, [
      'a.ts:2 "for ever"',
      'a.ts:5 "Nobody"',
    ]);
  });

  it('count as TSDoc only with two stars, and start with "What" only in their first line', () => {
    const text =
      '/** What it is. */\n/**\n * What it does. */\n/* What else */\n/** The job.\n * What now. */\nf();';
    const { total, findings } = checkDocs(parse(text));
    assert.equal(total, 3);
    assert.deepEqual(
      findings.map((one) => one.slice(0, 6)),
      ['a.ts:1', 'a.ts:2'],
    );
  });
});

describe('a measure', () => {
  const measure = { title: 'names', count: 2, total: 100, maxPercent: 2, findings: ['x', 'y'] };

  it('is met up to its target', () => {
    assert.equal(isMet(measure), true);
    assert.equal(isMet({ ...measure, count: 3 }), false);
    assert.equal(isMet({ ...measure, count: 0, total: 0, maxPercent: 0 }), true);
  });

  it('lists what counts against it on request, and always where nothing may', () => {
    assert.deepEqual(formatMeasure(measure, false), ['met    names: 2 of 100, 2.0 % (target: 2 %)']);
    assert.deepEqual(formatMeasure(measure, true).slice(1), ['    x', '    y']);
    assert.deepEqual(formatMeasure({ ...measure, maxPercent: 0 }, false), [
      'MISSED names: 2 of 100, 2.0 % (target: 0 %)',
      '    x',
      '    y',
    ]);
  });
});
