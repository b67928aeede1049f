import assert from 'node:assert/strict';
import {
  decodeName,
  encodeName,
  hasRawBytes,
  isWritableName,
  toReadableName,
} from '../../../src/lib/byteNames.js';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

describe('a file name with arbitrary bytes', () => {
  const names: readonly (readonly [Uint8Array, text: string])[] = [
    [Buffer.from('a.csv'), 'a.csv'],
    [Buffer.from('実験 😀\n'), '実験 😀\n'],
    [Buffer.from('\ufeffx'), '\ufeffx'],
    [Buffer.from('\ufffd'), '\ufffd'],
    [bytes(0x63, 0xe9), 'c\uefe9'],
    [bytes(0xff, 0xfe), '\uefff\ueffe'],
    [bytes(0xc3), '\uefc3'],
    [bytes(0xe5, 0xae), '\uefe5\uefae'],
    [bytes(0xed, 0xa0, 0x80), '\uefed\uefa0\uef80'],
    [bytes(0xc0, 0xaf), '\uefc0\uefaf'],
    [bytes(0xf0, 0x9f, 0x98, 0x41), '\ueff0\uef9f\uef98A'],
    [Buffer.from('\uefe9'), '\uefee\uefbf\uefa9'],
  ];
  for (const [name, text] of names)
    it(`is the text ${JSON.stringify(text)} and is restored from it`, () => {
      assert.equal(decodeName(name), text);
      assert.deepEqual(Buffer.from(encodeName(text)), Buffer.from(name));
    });

  it('is restored from any bytes, and no two names have the same text', () => {
    const texts = new Map<string, string>();
    let state = 7;
    for (let round = 0; round < 20_000; round++) {
      const name = Buffer.from(
        Array.from({ length: 1 + (round % 5) }, () => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          const byte = state >>> 24;
          return round % 3 === 0 ? ([0xee, 0xbe, 0xbf, 0x80, 0xa9, 0xc3, 0x41][byte % 7] ?? 0) : byte;
        }),
      );
      const text = decodeName(name);
      assert.deepEqual(Buffer.from(encodeName(text)), name);
      const known = texts.get(text);
      assert.ok(known === undefined || known === name.toString('hex'), text);
      texts.set(text, name.toString('hex'));
    }
  });

  it('is readable, and reports whether it contains escaped bytes', () => {
    assert.equal(toReadableName(decodeName(bytes(0x63, 0x61, 0x66, 0xe9, 0x2f, 0x80))), 'caf\\xe9/\\x80');
    assert.equal(hasRawBytes('caf\uefe9'), true);
    assert.equal(hasRawBytes('café\ue000\uf000'), false);
  });
});

describe('a valid name on a system', () => {
  const windows = [
    'T:300K.csv',
    'back\\slash.txt',
    'a?',
    'a<b',
    'a|b',
    'a"',
    'a*',
    'x.',
    'x ',
    'a/x. /b',
    'NUL',
    'con.txt',
    'Com1',
    'lpt9.log',
    'a\tb',
    'caf\uefe9',
  ];
  for (const name of windows)
    it(`is ${JSON.stringify(name)} on Linux, not on Windows`, () => {
      assert.equal(isWritableName(name, 'linux'), true);
      assert.equal(isWritableName(name, 'win32'), false);
    });
  it('is any ordinary name everywhere', () => {
    for (const name of ['a.csv', 'a/b c/実験', '.hidden', 'console.log', 'common', 'nullable.txt'])
      for (const system of ['linux', 'win32', 'darwin'] as const)
        assert.equal(isWritableName(name, system), true, name);
    assert.equal(isWritableName('caf\uefe9', 'darwin'), false);
    assert.equal(isWritableName('a:b', 'darwin'), true);
  });
});
