import type { Reply } from './http.js';

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);

/** A page with this content. */
export const html = (body: string, status = 200): Reply => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: `<!doctype html><html lang="en"><title>JuliaHub (stand-in)</title><body style="font: 16px sans-serif; margin: 3em">${body}</body></html>`,
});

/** Asks whether to sign in; `code` is what the sign-in is found by. Source: docs/protocols/juliahub.md, 1.5 and 1.6. */
export const approvalPage = (action: string, user: string, code: string, shownCode?: string): Reply =>
  html(
    `<h1>Sign in to JuliaHub (stand-in)</h1>` +
      (shownCode === undefined ? '' : `<p>Code: <b>${escaped(shownCode)}</b></p>`) +
      `<p>As ${escaped(user)}</p><form method="post" action="${escaped(action)}">` +
      `<input type="hidden" name="code" value="${escaped(code)}">` +
      '<button name="answer" value="approved">Approve</button> <button name="answer" value="denied">Deny</button></form>',
  );

/** Asks for the code that the other device shows. */
export const codePage = (): Reply =>
  html(
    '<h1>Sign in to JuliaHub (stand-in)</h1><form method="get"><label>Code <input name="user_code"></label> <button>Continue</button></form>',
  );

/** Asks a browser to sign in before it sees a job's port; the stand-in's own page. */
export const portSignInPage = (user: string, needsPassword: boolean): Reply =>
  html(
    '<h1>Sign in to open this job</h1><form method="post" action="/.stand-in/sign-in">' +
      (needsPassword
        ? '<label>Password <input type="password" name="password"></label> <button>Open</button>'
        : `<button>Sign in as ${escaped(user)}</button>`) +
      '</form>',
    401,
  );
