/** What no message may hold, and what stands in its place. */
const secrets: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // Names and passwords in an address, and all after its path: presigned ones carry their right there.
  [/\b([a-z][a-z\d+.-]{0,15}:\/\/)[^\s/?#@"'<>]+@/gi, '$1'],
  [/\b((?:https?|wss?):\/\/[^\s?#"'<>:]*(?::(?!\/\/)[^\s?#"'<>:]*)*)[?#][^\s"'<>]*/gi, '$1?…'],
  [/\b(bearer|authorization:?\s*basic)(?:\s+|%20|\+)[\w~+/.=%-]+/gi, '$1 …'],
  // A JWT: three parts in base64url, of which the first begins as every JSON object does.
  [/\beyJ[\w-]{5,}(?:\.[\w-]*)*/g, '…'],
  [/((?:[?&]|\b)(?:x-amz-[a-z-]+|signature|awsaccesskeyid)=)[^\s&"'<>]+/gi, '$1…'],
  [/("(?:[a-z]+_token|token|device_code|client_secret|password|secret)"\s*:\s*)"(?:[^"\\]|\\.)*"?/gi, '$1…'],
  [
    /\b((?:[a-z]+_token|token|device_code|client_secret|password|secret)=|[a-z]+_token:\s*)[^\s,;&}"']+/gi,
    '$1…',
  ],
];

/** A text for a log or a message, without tokens, passwords and what follows the path of an address. */
export const redacted = (text: string): string =>
  secrets.reduce((told, [pattern, instead]) => told.replace(pattern, instead), text);
