import assert from 'node:assert/strict';
import { parseArray } from '../../../src/http/jsonArray.js';
import type { JsonItem } from '../../../src/http/jsonItems.js';

const bounds = { maxChars: 100, maxDepth: 4 };

/** The content of a text that is split into pieces of this length. */
async function read(
  text: string,
  length: number,
): Promise<readonly [kind: string, items: readonly JsonItem[]]> {
  const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );
  const items: JsonItem[] = [];
  const { kind } = await parseArray({ text, pieces }, bounds, (item) => items.push(item) > 0);
  return [kind, items];
}

describe('a JSON array read in pieces', () => {
  const values: readonly unknown[] = [
    [],
    [1, -2.5e10, 'a', true, null],
    ['', '"', '\\', '\\"', ',', ']', '[', '{"a":1}', 'é🙂\u2028', '\ud800', '\n\u0000'],
    [{}, [], [[]], { a: { b: [1] } }, { 'a"b': '\\' }],
    [{ __proto__: 1, constructor: 2 }],
  ];
  for (const value of values)
    for (const [what, text] of [
      ['unchanged', JSON.stringify(value)],
      ['formatted', `\n ${JSON.stringify(value, undefined, 2)} `],
      ['inside a string', JSON.stringify(JSON.stringify(value))],
      ['inside a string, formatted', ` ${JSON.stringify(` ${JSON.stringify(value, undefined, 1)}`)}\n`],
    ] as const)
      it(`has the same items wherever it is split: ${text} ${what}`, async () => {
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
    it(`is invalid, wherever it is split: ${JSON.stringify(text)}`, async () => {
      for (let length = 1; length <= text.length + 1; length++)
        assert.equal((await read(text, length))[0], 'notJson', `pieces of ${length}`);
    });

  for (const text of ['null', '{"success":false}', '17', '"null"', '"{}"'])
    it(`is another value: ${text}`, async () => {
      for (let length = 1; length <= text.length; length++)
        assert.equal((await read(text, length))[0], 'other');
    });

  it('omits only items that are too long, too deep or not JSON', async () => {
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

  it('reads no further than requested', async () => {
    const items: JsonItem[] = [];
    const text = '[1,2,3,4 what follows is not looked at';
    const { kind } = await parseArray({ text }, bounds, (item) => items.push(item) < 2);
    assert.deepEqual([kind, items], ['array', [{ value: 1 }, { value: 2 }]]);
  });
});
