import { violate, type State } from './state.js';

/** The fields of a form, as text and as bytes. */
export interface Form {
  readonly fields: ReadonlyMap<string, string>;
  readonly bytes: ReadonlyMap<string, Buffer>;
}

const lineEnd = Buffer.from('\r\n');
const headEnd = Buffer.from('\r\n\r\n');

/**
 * Parses a form as sent by the server's own client: each part has only a name. Undefined if it is malformed.
 * Source: docs/protocols/juliahub.md, 3.4 and 12.4.
 */
export function formOf(state: State, contentType: string | undefined, body: Buffer): Form | undefined {
  const fail = (what: string): Form | undefined => {
    violate(state, what, '3.4');
    return undefined;
  };
  const match = /^multipart\/form-data; ?boundary=(?:"([^"]+)"|([^";\s]+))$/.exec(contentType ?? '');
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) return fail(`a submission of the content type ${String(contentType)}`);
  const opener = Buffer.from(`--${boundary}`);
  const separator = Buffer.concat([lineEnd, opener]);
  if (!body.subarray(0, opener.length).equals(opener))
    return fail('a form that does not start with its boundary');
  const fields = new Map<string, string>();
  const bytes = new Map<string, Buffer>();
  for (let at = opener.length; ;) {
    const after = body.subarray(at, at + 2).toString('latin1');
    if (after === '--') break;
    if (after !== '\r\n') return fail('a boundary without a line break');
    const headAt = body.indexOf(headEnd, at);
    const end = body.indexOf(separator, headAt + 2);
    if (headAt < 0 || end < 0) return fail('a form without its end');
    const head = body.subarray(at + 2, headAt).toString('utf8');
    const name = /^Content-Disposition: form-data; name="([^"\r\n]*)"/i.exec(head)?.[1];
    if (name === undefined) return fail(`a part without a name: ${head.slice(0, 80)}`);
    const more = head.slice(head.indexOf('"', head.indexOf('name="') + 6) + 1);
    if (more !== '') violate(state, `the part ${name} has more than a name: ${more.trim()}`, '3.4, 12.4');
    if (fields.has(name)) violate(state, `the field ${name} occurs twice`, '3.4');
    const value = body.subarray(headAt + headEnd.length, end);
    bytes.set(name, value);
    fields.set(name, value.toString('utf8'));
    at = end + separator.length;
  }
  return { fields, bytes };
}
