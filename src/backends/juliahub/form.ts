import { randomBytes } from 'node:crypto';

/** A field of a form: its name and its text. */
export type FormField = readonly [name: string, value: string];

/**
 * Formats a multipart body of names and texts, byte for byte, without file names and content types, which the
 * server's own client never sends. Source: docs/protocols/juliahub.md, 3.4 and 12.4.
 */
export function createMultipartBody(fields: readonly FormField[]): {
  readonly body: Uint8Array;
  readonly contentType: string;
} {
  const boundary = createBoundary(fields);
  const parts = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return {
    body: Buffer.from(`${parts.join('')}--${boundary}--\r\n`, 'utf8'),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

/** A boundary that none of the texts contains. */
function createBoundary(fields: readonly FormField[]): string {
  for (;;) {
    const boundary = `batch-jobs-${randomBytes(18).toString('hex')}`;
    if (!fields.some(([, value]) => value.includes(boundary))) return boundary;
  }
}
