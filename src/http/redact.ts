/** Secrets that messages must not contain, and their replacements. */
const secretPatterns: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // Credentials in a URL, and everything after its path, which contains the signature of presigned URLs.
  [/\b([a-z][a-z\d+.-]{0,15}:\/\/)[^\s/?#@"'<>]+@/gi, '$1'],
  [/\b((?:https?|wss?):\/\/[^\s?#"'<>:]*(?::(?!\/\/)[^\s?#"'<>:]*)*)[?#][^\s"'<>]*/gi, '$1?…'],
  [/\b(bearer|authorization:?\s*basic)(?:\s+|%20|\+)[\w~+/.=%-]+/gi, '$1 …'],
  // A JWT: three base64url parts, the first of which starts like every JSON object.
  [/\beyJ[\w-]{5,}(?:\.[\w-]*)*/g, '…'],
  [/((?:[?&]|\b)(?:x-amz-[a-z-]+|signature|awsaccesskeyid)=)[^\s&"'<>]+/gi, '$1…'],
  [/("(?:[a-z]+_token|token|device_code|client_secret|password|secret)"\s*:\s*)"(?:[^"\\]|\\.)*"?/gi, '$1…'],
  [
    /\b((?:[a-z]+_token|token|device_code|client_secret|password|secret)=|[a-z]+_token:\s*)[^\s,;&}"']+/gi,
    '$1…',
  ],
];

/** Removes tokens, passwords and the part of URLs after the path from a text for a log or a message. */
export const redact = (text: string): string =>
  secretPatterns.reduce((told, [pattern, instead]) => told.replace(pattern, instead), text);
