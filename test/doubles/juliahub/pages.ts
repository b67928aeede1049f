import type { Reply } from './http.js';

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);

/** A page with this content. */
export const html = (body: string, status = 200): Reply => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: `<!doctype html><html lang="en"><title>JuliaHub (stand-in)</title><body style="font: 16px sans-serif; margin: 3em">${body}</body></html>`,
});

/**
 * The page that approves a sign-in; `code` identifies the sign-in. Source: docs/protocols/juliahub.md, 1.5
 * and 1.6.
 */
export const approvalPage = (action: string, user: string, code: string, shownCode?: string): Reply =>
  html(
    `<h1>Sign in to JuliaHub (stand-in)</h1>` +
      (shownCode === undefined ? '' : `<p>Code: <b>${escaped(shownCode)}</b></p>`) +
      `<p>As ${escaped(user)}</p><form method="post" action="${escaped(action)}">` +
      `<input type="hidden" name="code" value="${escaped(code)}">` +
      '<button name="answer" value="approved">Approve</button> <button name="answer" value="denied">Deny</button></form>',
  );

/** Prompts for the code that the other device displays. */
export const codePage = (): Reply =>
  html(
    '<h1>Sign in to JuliaHub (stand-in)</h1><form method="get"><label>Code <input name="user_code"></label> <button>Continue</button></form>',
  );

/** Prompts a browser to sign in before it can access a job's port; specific to the stand-in. */
export const portSignInPage = (user: string, needsPassword: boolean): Reply =>
  html(
    '<h1>Sign in to open this job</h1><form method="post" action="/.stand-in/sign-in">' +
      (needsPassword
        ? '<label>Password <input type="password" name="password"></label> <button>Open</button>'
        : `<button>Sign in as ${escaped(user)}</button>`) +
      '</form>',
    401,
  );
