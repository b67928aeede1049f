import assert from 'node:assert/strict';
import { formatJson, maxJsonChars, formatJsonValue } from '../../../src/lib/formatJson.js';

describe('formatted JSON', () => {
  const values: readonly unknown[] = [
    {},
    [],
    { a: {}, b: [] },
    { a: [1, { b: null }], 'c:"{,': '[\\"x' },
    JSON.parse('{"__proto__":{"constructor":1},"constructor":[]}'),
    [[]],
    'text',
    '',
    '\\',
    '"\ud800',
    1.5,
    true,
    null,
  ];
  for (const value of values) {
    const expected = { kind: 'laidOut', text: JSON.stringify(value, undefined, 2) };
    it(`is ${JSON.stringify(value)} as JSON.stringify formats it, from a text and from a value`, async () => {
      assert.deepEqual(await formatJson(JSON.stringify(value)), expected);
      assert.deepEqual(await formatJsonValue(value), expected);
    });
  }

  it('is formatted in the same way if it was already formatted', async () => {
    const text = JSON.stringify({ a: [1, 2] }, undefined, 7);
    const expected = { kind: 'laidOut', text: JSON.stringify({ a: [1, 2] }, undefined, 2) };
    assert.deepEqual(await formatJson(` ${text}\n`), expected);
  });

  it('keeps numbers and strings as written', async () => {
    assert.deepEqual(await formatJson('[12345678901234567890,1.0,"\\u00e4"]'), {
      kind: 'laidOut',
      text: '[\n  12345678901234567890,\n  1.0,\n  "\\u00e4"\n]',
    });
  });

  for (const text of [
    ...[
      '',
      ' ',
      '{',
      '}',
      ']',
      '[',
      '[}',
      '{]',
      'loss: 1',
      "{'a': 1}",
      '[1,]',
      '[,1]',
      '{"a":1,}',
      '{"a"}',
      '{"a":}',
    ],
    ...[
      '{1:2}',
      '[1 2]',
      '1 2',
      '"a',
      '"a\\"',
      '"\n"',
      'NaN',
      '[01]',
      '{"a":1}}',
      '[]]',
      '1,2',
      '"a":1',
      '[:]',
      '{,}',
    ],
  ])
    it(`is not ${JSON.stringify(text)}, which is not JSON`, async () => {
      assert.throws(() => {
        JSON.parse(text);
      });
      assert.deepEqual(await formatJson(text), { kind: 'noJson' });
    });

  it('has a limit that deep nesting reaches', async () => {
    for (const text of [
      '['.repeat(30_000),
      `${'['.repeat(15_000)}${']'.repeat(15_000)}`,
      '{"a":'.repeat(9_000),
    ]) {
      const layout = await formatJson(text);
      assert.equal(layout.kind, 'tooLong');
      assert.equal(layout.text.length, maxJsonChars);
    }
  });

  it('is limited for values of any depth and width', async () => {
    let deep: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) deep = depth % 2 ? [deep] : { deep };
    for (const value of [deep, Array.from({ length: 2_000_000 }, () => 1), { a: 'x'.repeat(6_000_000) }]) {
      const layout = await formatJsonValue(value);
      assert.equal(layout.kind, 'tooLong');
      assert.equal(layout.text.length, maxJsonChars);
    }
  });

  it('is not attempted for a text that is longer than the limit', async () => {
    assert.deepEqual(await formatJson(`[${'1,'.repeat(maxJsonChars)}1]`), {
      kind: 'tooLong',
      text: `[${'1,'.repeat(maxJsonChars)}`.slice(0, maxJsonChars),
    });
  });

  it('yields to other work while it is created', async () => {
    const text = JSON.stringify(Array.from({ length: 60_000 }, (_, index) => ({ index, name: `x${index}` })));
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const layout = await formatJson(text);
    isDone = true;
    assert.equal(layout.kind, 'laidOut');
    assert.ok(turns >= 3, `other work ran ${turns} times`);
  });
});
