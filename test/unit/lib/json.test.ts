import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import { parseJson, parseJsonAs, parseNestedJson } from '../../../src/lib/json.js';

describe('reading JSON', () => {
  it('gives the value, or undefined for what is no JSON', () => {
    assert.deepEqual(parseJson('{"a":[1]}'), { a: [1] });
    assert.equal(parseJson('null'), null);
    for (const text of ['', '{', 'undefined', '{"a":1} x']) assert.equal(parseJson(text), undefined);
  });

  it('reads JSON that stands in a JSON string', () => {
    assert.deepEqual(parseNestedJson(JSON.stringify('{"a":1}')), { a: 1 });
    assert.deepEqual(parseNestedJson('{"a":1}'), { a: 1 });
    assert.equal(parseNestedJson('"text"'), undefined);
  });

  it('gives only what has the form that is asked for', () => {
    const schema = z.object({ a: z.number() });
    assert.deepEqual(parseJsonAs('{"a":1,"b":2}', schema), { a: 1 });
    for (const text of ['{"a":"1"}', 'null', 'x']) assert.equal(parseJsonAs(text, schema), undefined);
  });
});
