import assert from 'node:assert/strict';
import {
  createResponseError,
  toMessageError,
  formatExcerpt,
} from '../../../../src/backends/juliahub/httpErrors.js';

describe("an excerpt of a server's message", () => {
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
  const cases: readonly (readonly [said: string, shown: string])[] = [
    ['  no such image\r\n in   this product ', 'no such image in this product'],
    ['a\u001b[31m\u202eb\u0000', 'a\u2423[31m\u2423b\u2423'],
    [
      'GET https://store.example/a/b?X-Amz-Signature=abc&x=1 failed',
      'GET https://store.example/a/b?… failed',
    ],
    ['see https://ada:word@hub.example/x#token', 'see https://hub.example/x?…'],
    ['Authorization: Bearer abc.def-ghi was refused', 'Authorization: Bearer … was refused'],
    [`token ${jwt}, expired`, 'token …, expired'],
    ['{"id_token": "abc def", "error":"no"}', '{"id_token": …, "error":"no"}'],
    ['invalid token: it has expired', 'invalid token: it has expired'],
    ['refresh_token=abc&grant_type=x', 'refresh_token=…&grant_type=x'],
    [
      'the node m6 has no GPU: see https://hub.example/docs/nodes',
      'the node m6 has no GPU: see https://hub.example/docs/nodes',
    ],
  ];
  for (const [said, expected] of cases)
    it(`omits secrets and control characters: ${JSON.stringify(expected)}`, () => {
      assert.equal(formatExcerpt(said), expected);
    });

  it('is truncated without splitting a secret', () => {
    const text = `${'x'.repeat(280)} ${jwt} end`;
    assert.equal(formatExcerpt(text), `${'x'.repeat(280)} … end`);
    assert.equal([...formatExcerpt('🙂'.repeat(30_000))].length, 300);
  });

  it('is the same in messages and causes', () => {
    const answer = { status: 400, text: `bad ${jwt}` };
    const { problem, cause } = createResponseError(answer, 'Hub');
    assert.deepEqual(problem, { kind: 'refused', place: 'Hub', words: 'bad … (status 400)' });
    assert.ok(cause instanceof Error);
    assert.equal(cause.message, 'status 400: bad …');
    assert.equal(toMessageError(answer).message, cause.message);
  });
});
