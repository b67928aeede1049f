import assert from 'node:assert/strict';
import { formatArgs, parseEnv, parseArgs, formatEnv } from '../../../src/lib/shellWords.js';

const wordsOf = (line: string): readonly string[] => {
  const split = parseArgs(line);
  assert.ok('words' in split, line);
  return split.words;
};

describe('splitWords', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['  a \t b ', ['a', 'b']],
    ['"two words" x', ['two words', 'x']],
    ["'two words'", ['two words']],
    ['a"b c"d', ['ab cd']],
    ['two\\ words', ['two words']],
    ['""', ['']],
    ['\'\' ""', ['', '']],
    ['"a \\" b \\\\ c"', ['a " b \\ c']],
    ["'a \\ b'", ['a \\ b']],
    ["'a \\\\ b'", ['a \\\\ b']],
    ['C:\\data\\in.csv', ['C:\\data\\in.csv']],
    ['$HOME *.csv `date` $(date) a;b|c>d&', ['$HOME', '*.csv', '`date`', '$(date)', 'a;b|c>d&']],
    ['--title=実験 😀', ['--title=実験', '😀']],
  ];
  for (const [line, words] of cases) {
    it(`parses ${JSON.stringify(line)}`, () => {
      assert.deepEqual(wordsOf(line), words);
    });
  }

  it('reports an unclosed quote', () => {
    for (const line of ['"a', "'a", 'a"b c', '"a\\"'])
      assert.deepEqual(parseArgs(line), { wrong: 'unclosed' });
  });
});

describe('joinWords', () => {
  it('returns a line that splits into the same words', () => {
    const awkward = [
      'plain',
      '',
      'two words',
      '"',
      "'",
      '\\',
      '\\\\ x',
      'a\\',
      '\t',
      'a\nb',
      '--x="y z"',
      '😀',
      '$HOME',
    ];
    assert.deepEqual(wordsOf(formatArgs(awkward)), awkward);
    for (const word of awkward) assert.deepEqual(wordsOf(formatArgs([word])), [word]);
  });
});

describe('readEnvironment', () => {
  it('parses names and values, and an empty value', () => {
    assert.deepEqual(parseEnv('n=1000 title="two words" empty= _X9=a=b'), {
      env: { n: '1000', title: 'two words', empty: '', _X9: 'a=b' },
    });
  });

  it('reports which word is not an assignment', () => {
    for (const word of ['n', '=1', '1n=2', 'a-b=c', 'ä=1']) {
      assert.deepEqual(parseEnv(`ok=1 ${word}`), { wrong: 'notAnAssignment', word });
    }
    assert.deepEqual(parseEnv('a="'), { wrong: 'unclosed' });
  });

  it('uses the last of two values', () => {
    assert.deepEqual(parseEnv('n=1 n=2'), { env: { n: '2' } });
  });

  it('treats names of JavaScript members like any other', () => {
    const read = parseEnv('__proto__=x constructor=y');
    assert.ok('env' in read);
    assert.deepEqual(Object.entries(read.env), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('parses what it formatted', () => {
    const env = { n: '1', title: 'two "words"', path: 'C:\\x\\', empty: '' };
    assert.deepEqual(parseEnv(formatEnv(env)), { env });
  });
});
