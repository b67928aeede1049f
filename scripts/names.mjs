// Measures names and comments against the targets in CONTRIBUTING, and fails if one is missed:
//   npm run names            the figures, and what breaks a rule that allows no exception
//   npm run names -- --list  also everything that counts against a percentage
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { program, root } from './run.mjs';

/**
 * @typedef {object} Measure
 * @property {string} title
 * @property {number} count how many items count against it
 * @property {number} total how many items were examined
 * @property {number} maxPercent of the total
 * @property {readonly string[]} findings one line for each item that counts, with its place
 */

/** @typedef {{ readonly text: string, readonly start: number }} Comment */

/** Functions need a verb, so a past participle or another form of a verb is no name for one. */
const participles = new Set(
  'told heard seen joined found kept held laid given spent standing settled tried coded quoted received'.split(
    ' ',
  ),
);

/** @type {readonly { readonly advice: string, readonly isBanned: (name: string, isFunction: boolean) => boolean }[]} */
const bannedNames = [
  { advice: 'use max…', isBanned: (name) => /^#?most[A-Z]|[a-z]Most$/.test(name) },
  { advice: 'use min…', isBanned: (name) => /^#?least[A-Z]/.test(name) },
  {
    advice: 'use a verb',
    isBanned: (name, isFunction) => isFunction && participles.has(name.replace(/^#/, '')),
  },
  { advice: 'use validate…', isBanned: (name, isFunction) => isFunction && /^#?wrong[A-Z]/.test(name) },
  { advice: 'use create…, to… or get…', isBanned: (name, isFunction) => isFunction && /[a-z]Of$/.test(name) },
];

/** Phrases that comments must not contain; a space also matches the end of a line. */
const bannedPhrases = [
  'tells? of',
  'told of',
  'nobody',
  'somebody',
  'anew',
  'whoever',
  'for ever',
  'in the place of',
  'stays? behind',
];
const bannedPhrase = new RegExp(`\\b(?:${bannedPhrases.join('|').replaceAll(' ', '\\s+')})\\b`, 'gi');

/**
 * Whether a type name is a single word. Standard terms such as `Job` and `Log` are fine; most types need two words to say
 * which job or which log.
 *
 * @param {string} name
 */
const isOneWord = (name) => /^[A-Z][a-z0-9]*$/.test(name);

/**
 * @param {string} name of the file; its extension decides the language
 * @param {string} text
 */
export const parseSource = (name, text) => ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);

/**
 * Calls `visit` for a node and all nodes below it.
 *
 * @param {ts.Node} node @param {(node: ts.Node) => void} visit
 */
function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

/**
 * The names of the types that a file declares, at any depth.
 *
 * @param {ts.SourceFile} source @returns {readonly string[]}
 */
export function listTypeNames(source) {
  /** @type {string[]} */
  const names = [];
  walk(source, (node) => {
    const isType =
      ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);
    if (isType && node.name) names.push(node.name.text);
  });
  return names;
}

/**
 * The declared names that break a rule, with the advice of that rule.
 *
 * @param {ts.SourceFile} source @returns {{ readonly total: number, readonly findings: readonly string[] }}
 */
export function checkDeclaredNames(source) {
  let total = 0;
  /** @type {string[]} */
  const findings = [];
  walk(source, (node) => {
    const name = declaredName(node);
    if (name === undefined) return;
    total += 1;
    const rule = bannedNames.find(({ isBanned }) => isBanned(name.text, declaresFunction(node)));
    if (rule) findings.push(`${place(source, name.getStart())} ${name.text}: ${rule.advice}`);
  });
  return { total, findings };
}

/** @param {ts.Node} node @returns {ts.Identifier | ts.PrivateIdentifier | undefined} */
function declaredName(node) {
  const isDeclaration =
    ts.isFunctionDeclaration(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isMethodDeclaration(node);
  if (!isDeclaration || !node.name) return undefined;
  return ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name) ? node.name : undefined;
}

/** @param {ts.Node} node */
function declaresFunction(node) {
  if (ts.isFunctionDeclaration(node) || ts.isMethodSignature(node) || ts.isMethodDeclaration(node))
    return true;
  if (ts.isPropertySignature(node)) return node.type !== undefined && ts.isFunctionTypeNode(node.type);
  if (!ts.isVariableDeclaration(node) && !ts.isPropertyDeclaration(node)) return false;
  const { initializer } = node;
  return (
    initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))
  );
}

/**
 * All comments in order; line comments that follow each other are one. The marks at the start of their lines are replaced
 * by spaces, so that a phrase is found across lines and at its own offset.
 *
 * @param {ts.SourceFile} source @returns {readonly Comment[]}
 */
export function listComments(source) {
  const { text } = source;
  /** @type {Map<number, number>} */
  const ends = new Map();
  /** @param {ts.Node} node */
  const collect = (node) => {
    const leading = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
    const trailing = ts.getTrailingCommentRanges(text, node.getEnd()) ?? [];
    for (const { pos, end } of [...leading, ...trailing]) ends.set(pos, end);
    for (const child of node.getChildren(source)) collect(child);
  };
  collect(source);
  /** @type {Comment[]} */
  const comments = [];
  for (const [start, end] of [...ends].sort(([a], [b]) => a - b)) {
    const last = comments.at(-1);
    const isContinued =
      last?.text.startsWith('//') === true &&
      text.startsWith('//', start) &&
      /^\s*$/.test(text.slice(last.start + last.text.length, start));
    if (isContinued) comments.pop();
    const from = isContinued ? last.start : start;
    const marks = /\n\s*(?:\/\/|\*(?!\/)) ?/g;
    comments.push({
      start: from,
      text: text.slice(from, end).replace(marks, (mark) => ' '.repeat(mark.length)),
    });
  }
  return comments;
}

/**
 * The banned phrases in comments.
 *
 * @param {ts.SourceFile} source @returns {{ readonly total: number, readonly findings: readonly string[] }}
 */
export function checkComments(source) {
  const comments = listComments(source);
  const findings = comments.flatMap(({ text, start }) =>
    [...text.matchAll(bannedPhrase)].map(
      ({ 0: phrase, index }) => `${place(source, start + index)} "${phrase.replaceAll(/\s+/g, ' ')}"`,
    ),
  );
  return { total: comments.length, findings };
}

/**
 * The TSDoc comments that start with "What" instead of the thing itself.
 *
 * @param {ts.SourceFile} source @returns {{ readonly total: number, readonly findings: readonly string[] }}
 */
export function checkDocs(source) {
  const docs = listComments(source).filter(({ text }) => text.startsWith('/**'));
  const findings = docs
    .filter(({ text }) => /^\/\*\*\s*What\b/.test(text))
    .map(({ text, start }) => `${place(source, start)} ${text.slice(3, 90).trim()}`);
  return { total: docs.length, findings };
}

/** @param {ts.SourceFile} source @param {number} offset */
const place = (source, offset) =>
  `${source.fileName}:${source.getLineAndCharacterOfPosition(offset).line + 1}`;

/**
 * @param {readonly ts.SourceFile[]} sources the extension's own code
 * @param {readonly ts.SourceFile[]} others tests and scripts, of which only comments are checked
 * @returns {readonly Measure[]}
 */
export function measureNames(sources, others = []) {
  /** @type {Map<string, Set<string>>} */
  const files = new Map();
  for (const source of sources)
    for (const name of listTypeNames(source))
      files.set(name, (files.get(name) ?? new Set()).add(source.fileName));
  const types = [...files].map(([name, { size }]) => ({
    name,
    size,
    text: `${name}: ${[...(files.get(name) ?? [])].join(', ')}`,
  }));
  /** @param {readonly { readonly total: number, readonly findings: readonly string[] }[]} results */
  const sum = (results) => ({
    total: results.reduce((all, { total }) => all + total, 0),
    findings: results.flatMap(({ findings }) => findings),
  });
  /** @param {typeof types} found */
  const ofTypes = (found) => ({ total: types.length, findings: found.map(({ text }) => text) });
  return [
    {
      title: 'type names declared in several files',
      maxPercent: 2,
      ...ofTypes(types.filter(({ size }) => size > 1)),
    },
    { title: 'one-word type names', maxPercent: 15, ...ofTypes(types.filter(({ name }) => isOneWord(name))) },
    { title: 'TSDoc that starts with "What"', maxPercent: 2, ...sum(sources.map(checkDocs)) },
    { title: 'banned names', maxPercent: 0, ...sum(sources.map(checkDeclaredNames)) },
    {
      title: 'comments with banned phrases',
      maxPercent: 0,
      ...sum([...sources, ...others].map(checkComments)),
    },
  ].map((one) => ({ ...one, count: one.findings.length }));
}

/**
 * Whether a measure meets its target.
 *
 * @param {Measure} measure
 */
export const isMet = ({ count, total, maxPercent }) => 100 * count <= maxPercent * total;

/**
 * The lines that are printed for a measure.
 *
 * @param {Measure} measure @param {boolean} isComplete whether to list what counts against a target that is met
 * @returns {readonly string[]}
 */
export function formatMeasure(measure, isComplete) {
  const { title, count, total, maxPercent, findings } = measure;
  const percent = ((100 * count) / Math.max(1, total)).toFixed(1);
  const line = `${isMet(measure) ? 'met   ' : 'MISSED'} ${title}: ${count} of ${total}, ${percent} % (target: ${maxPercent} %)`;
  const isListed = isComplete || (maxPercent === 0 && count > 0);
  return [line, ...(isListed ? findings.map((one) => `    ${one}`) : [])];
}

/** @param {string} folder @returns {readonly ts.SourceFile[]} */
const readSources = (folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter(
      (name) => /\.(ts|mjs|cjs)$/.test(name) && !/\/(node_modules|fixtures|artifacts|sample)\//.test(name),
    )
    .sort()
    .map((name) => parseSource(name, readFileSync(join(root, name), 'utf8')));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void program(async () => {
    const { values } = parseArgs({ options: { list: { type: 'boolean', default: false } } });
    const measures = measureNames(readSources('src'), ['scripts', 'test'].flatMap(readSources));
    for (const measure of measures) for (const line of formatMeasure(measure, values.list)) console.log(line);
    return measures.every(isMet) ? 0 : 1;
  });
}
