import assert from 'node:assert/strict';
import { createMultipartBody, type FormField } from '../../../../src/backends/juliahub/form.js';

/** The parts of a body, each with its header. */
function partsOf(fields: readonly FormField[]): {
  readonly parts: readonly string[];
  readonly boundary: string;
} {
  const { body, contentType } = createMultipartBody(fields);
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(contentType)?.[1];
  assert.ok(boundary);
  const text = Buffer.from(body).toString();
  assert.ok(text.startsWith(`--${boundary}\r\n`) && text.endsWith(`\r\n--${boundary}--\r\n`));
  return {
    parts: text.slice(boundary.length + 4, -boundary.length - 8).split(`\r\n--${boundary}\r\n`),
    boundary,
  };
}

// Source: docs/protocols/juliahub.md, 3.4 and 12.4.
describe('the form of a submission', () => {
  it('contains only names and texts', () => {
    assert.deepEqual(
      partsOf([
        ['args', '{}'],
        ['cpu', '2'],
      ]).parts,
      [
        'Content-Disposition: form-data; name="args"\r\n\r\n{}',
        'Content-Disposition: form-data; name="cpu"\r\n\r\n2',
      ],
    );
  });

  it('preserves every byte of a value', () => {
    const value = '\ufeffa\nb\r\nc\rd\0\u00e9\u{1f600}"\\--\r\n';
    assert.deepEqual(partsOf([['usercode', value]]).parts, [
      `Content-Disposition: form-data; name="usercode"\r\n\r\n${value}`,
    ]);
  });

  it('has a new boundary each time, which no value contains', () => {
    const [one, other] = [partsOf([['a', 'x']]).boundary, partsOf([['a', 'x']]).boundary];
    assert.notEqual(one, other);
    assert.deepEqual(partsOf([['a', `\r\n--${one}--\r\n`]]).parts.length, 1);
  });
});
