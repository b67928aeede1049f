import assert from 'node:assert/strict';
import { readArray } from '../../../src/http/jsonArray.js';
import type { JsonItem } from '../../../src/http/jsonItems.js';

const bounds = { maxChars: 100, maxDepth: 4 };

/** What a text holds, cut into pieces of this length. */
async function read(
  text: string,
  length: number,
): Promise<readonly [kind: string, items: readonly JsonItem[]]> {
  const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );
  const items: JsonItem[] = [];
  const { kind } = await readArray({ text, pieces }, bounds, (item) => items.push(item) > 0);
  return [kind, items];
}

describe('an array of JSON that is read in pieces', () => {
  const values: readonly unknown[] = [
    [],
    [1, -2.5e10, 'a', true, null],
    ['', '"', '\\', '\\"', ',', ']', '[', '{"a":1}', 'é🙂\u2028', '\ud800', '\n\u0000'],
    [{}, [], [[]], { a: { b: [1] } }, { 'a"b': '\\' }],
    [{ __proto__: 1, constructor: 2 }],
  ];
  for (const value of values)
    for (const [what, text] of [
      ['as it is', JSON.stringify(value)],
      ['laid out', `\n ${JSON.stringify(value, undefined, 2)} `],
      ['inside of a text', JSON.stringify(JSON.stringify(value))],
      ['inside of a text, laid out', ` ${JSON.stringify(` ${JSON.stringify(value, undefined, 1)}`)}\n`],
    ] as const)
      it(`has the same items however it is cut: ${text} ${what}`, async () => {
        const expected = (value as readonly unknown[]).map((one) => ({ value: one }));
        for (let length = 1; length <= text.length + 1; length++)
          assert.deepEqual(await read(text, length), ['array', expected], `pieces of ${length}`);
      });

  for (const text of [
    '',
    ' ',
    '[',
    '[1',
    '[1,',
    '[,]',
    '[1]2',
    '"[1]',
    '"[1]"x',
    '"[1',
    'x',
    '{"a":',
    '[{]',
    '"\\u12',
  ])
    it(`is none, wherever it is cut: ${JSON.stringify(text)}`, async () => {
      for (let length = 1; length <= text.length + 1; length++)
        assert.equal((await read(text, length))[0], 'notJson', `pieces of ${length}`);
    });

  for (const text of ['null', '{"success":false}', '17', '"null"', '"{}"'])
    it(`is another value: ${text}`, async () => {
      for (let length = 1; length <= text.length; length++)
        assert.equal((await read(text, length))[0], 'other');
    });

  it('leaves out what is too long, too deep or no JSON, and nothing else', async () => {
    const long = JSON.stringify('x'.repeat(200));
    for (let length = 1; length < 50; length++)
      assert.deepEqual(await read(`[1,${long},2,[[[[[]]]]],3,{"a"},4]`, length), [
        'array',
        [
          { value: 1 },
          { malformed: 'tooLong' },
          { value: 2 },
          { malformed: 'tooDeep' },
          { value: 3 },
          { malformed: 'notJson' },
          { value: 4 },
        ],
      ]);
  });

  it('looks no further than is wanted', async () => {
    const items: JsonItem[] = [];
    const text = '[1,2,3,4 what follows is not looked at';
    const { kind } = await readArray({ text }, bounds, (item) => items.push(item) < 2);
    assert.deepEqual([kind, items], ['array', [{ value: 1 }, { value: 2 }]]);
  });
});
