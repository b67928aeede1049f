import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import { parseJson, parseJsonAs, parseNestedJson } from '../../../src/lib/json.js';

describe('parsing JSON', () => {
  it('returns the value, or undefined for invalid JSON', () => {
    assert.deepEqual(parseJson('{"a":[1]}'), { a: [1] });
    assert.equal(parseJson('null'), null);
    for (const text of ['', '{', 'undefined', '{"a":1} x']) assert.equal(parseJson(text), undefined);
  });

  it('parses JSON inside a JSON string', () => {
    assert.deepEqual(parseNestedJson(JSON.stringify('{"a":1}')), { a: 1 });
    assert.deepEqual(parseNestedJson('{"a":1}'), { a: 1 });
    assert.equal(parseNestedJson('"text"'), undefined);
  });

  it('returns only values of the requested form', () => {
    const schema = z.object({ a: z.number() });
    assert.deepEqual(parseJsonAs('{"a":1,"b":2}', schema), { a: 1 });
    for (const text of ['{"a":"1"}', 'null', 'x']) assert.equal(parseJsonAs(text, schema), undefined);
  });
});
