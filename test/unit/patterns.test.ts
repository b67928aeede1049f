import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRegExpLiteral, type AST } from '@eslint-community/regexpp';
import ts from 'typescript';
import { startStopwatch } from '../fakes/stopwatch.js';

/** A regular expression of the project. */
interface Pattern {
  /** The file, relative to `src`, and the expression as written there. */
  readonly name: string;
  readonly expression: RegExp;
}

/** Every regular expression literal in a source. */
function patternsIn(path: string, text: string): readonly Pattern[] {
  const found: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      const expression = new RegExp(node.text.slice(1, end), node.text.slice(end + 1));
      found.push({ name: `${path} ${node.text}`, expression });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  return found;
}

/** Characters that represent a character class in an attack. */
const characters = Array.from('aAeE09_-.:/=\\,(["\'% \t\n\r@#~<[{+|é');

const isQuantifier = (node: AST.Element): node is AST.Quantifier => node.type === 'Quantifier';

/** Texts that match an element: one or, for a class, several, each of one character. */
function samplesOf(node: AST.Element, flags: string): readonly string[] {
  switch (node.type) {
    case 'Character':
      return [String.fromCodePoint(node.value)];
    case 'CharacterClass':
    case 'CharacterSet':
    case 'ExpressionCharacterClass': {
      const form = new RegExp(`^${node.raw}$`, flags.replace(/[gy]/g, ''));
      const matching = characters.filter((char) => form.test(char));
      return matching.length > 0 ? matching : ['a'];
    }
    case 'Group':
    case 'CapturingGroup':
      return node.alternatives.flatMap(({ elements }) => sequences(elements, flags)).slice(0, 8);
    case 'Quantifier':
      return samplesOf(node.element, flags).map((one) => one.repeat(Math.max(1, Math.min(node.min, 8))));
    default:
      return [''];
  }
}

/** Texts that match a sequence of elements: each differs from the first in at most one position. */
function sequences(elements: readonly AST.Element[], flags: string): readonly string[] {
  const all = elements.map((element) => samplesOf(element, flags));
  const first = all.map(([one = '']) => one);
  const variants = all.flatMap((some, at) => some.slice(1).map((one) => first.with(at, one).join('')));
  return [first.join(''), ...variants].slice(0, 40);
}

/** A text that grows: the start, the repeated part, and an end at which the pattern fails or not. */
interface Attack {
  readonly begin: string;
  readonly middle: string;
  readonly end: string;
}

const ends = ['', '\u0001', '!', '\n', ' x', '!0', ' 0a"'];

/** Attacks on every repetition of an expression: its match, and what leads to it, many times. */
function attacksOn({ expression }: Pattern): readonly Attack[] {
  const { flags } = expression;
  const middles = new Map<string, Set<string>>();
  const add = (begin: string, middle: string): void => {
    if (middle !== '') middles.set(middle, (middles.get(middle) ?? new Set()).add(begin));
  };
  const visit = ({ elements }: AST.Alternative, outer: string): void => {
    for (const [at, element] of elements.entries()) {
      const before = elements.slice(0, at);
      const [lead = ''] = sequences(before, flags);
      const begin = outer + lead;
      const inner = isQuantifier(element) ? element.element : element;
      if (isQuantifier(element) && element.max > 32)
        for (const sample of samplesOf(element.element, flags)) {
          add(begin, sample);
          add('', begin + sample);
          add('', begin);
        }
      if ('alternatives' in inner) for (const one of inner.alternatives) visit(one, begin);
    }
  };
  for (const alternative of parseRegExpLiteral(expression).pattern.alternatives) visit(alternative, '');
  return [...middles].flatMap(([middle, begins]) =>
    [...begins].flatMap((begin) => ends.map((end) => ({ begin, middle, end }))),
  );
}

/** Milliseconds that an expression takes for a text, as it is used: all of its matches, or the first. */
function timeOf(expression: RegExp, text: string): number {
  expression.lastIndex = 0;
  const elapsedMs = startStopwatch();
  if (expression.global) text.replace(expression, '');
  else expression.exec(text);
  return elapsedMs();
}

const textOf = ({ begin, middle, end }: Attack, length: number): string =>
  begin + middle.repeat(Math.max(1, Math.floor(length / middle.length))) + end;

/** The maximum time for the longest text, in milliseconds: a linear pattern takes a hundredth of it. */
const quickMs = 4;
const slowMs = 100;

/** Small steps first: exponential growth is noticed before it takes too long. */
const lengths = [16, 18, 20, 22, 24, 26, 28, 32, 64, 128, 256, 512, 1024, 2048, 4096, 16_384];
const longest = 16_384;

/**
 * The maximum time to try a longer text, in milliseconds, for a text that a linear pattern reads this fast.
 */
const plainMs = 0.15;

/** The superlinear growth of an expression; undefined: it is linear. */
function growthOf(pattern: Pattern, most = longest): string | undefined {
  for (const attack of attacksOn(pattern)) {
    let ms = 0;
    let reached = 0;
    for (reached of lengths.filter((length) => length <= most)) {
      ms = timeOf(pattern.expression, textOf(attack, reached));
      if (ms > slowMs || (reached === 4096 && ms < plainMs)) break;
    }
    if (ms <= quickMs) continue;
    // Other work on the machine takes time as well: the minimum of several runs, for three sizes.
    const least = (length: number): number =>
      Math.min(...[1, 2, 3].map(() => timeOf(pattern.expression, textOf(attack, length))));
    const [small, middle, large] = [reached / 4, reached / 2, reached].map(least);
    if (small === undefined || middle === undefined || large === undefined || large <= quickMs) continue;
    if (large / small > 7 || large > slowMs)
      return `${JSON.stringify(attack)}: ${[small, middle, large].map((one) => one.toFixed(2)).join(', ')} ms`;
  }
  return undefined;
}

/**
 * Patterns that grow faster than the text they read, which is limited where they are used: the longest text,
 * in characters, and the reason for its limit.
 */
const bounded = new Map<string, readonly [longest: number, why: string]>([
  ['core/presentation/formatting.ts /\\B(?=(\\d{3})+$)/g', [32, 'the digits of a number']],
  ['core/logs/formatLog.ts /[. ]+$/', [120, 'a name that was cut before']],
]);

describe('regular expressions', () => {
  const root = join(import.meta.dirname, '../../src');
  const patterns = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => patternsIn(path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')));

  it('take time proportional to the text, regardless of its content', function () {
    this.timeout(120_000);
    assert.ok(patterns.length > 200, `${patterns.length} were found`);
    const slow = patterns.flatMap((pattern) => {
      const growth = growthOf(pattern, bounded.get(pattern.name)?.[0]);
      return growth === undefined ? [] : [`${pattern.name}\n    ${growth}`];
    });
    assert.deepEqual(slow, []);
  });

  it('are limited only if they are in use', () => {
    const names = new Set(patterns.map(({ name }) => name));
    assert.deepEqual(
      [...bounded.keys()].filter((name) => !names.has(name)),
      [],
    );
  });

  it('are detected to grow if they do', () => {
    for (const source of [
      '/(a+)+$/',
      '/\\s+$/',
      '/x.*y/',
      '/^(a|a)*$/',
      '/(?:,\\s*)*;/',
      '/Host key for .* has/g',
    ]) {
      const [pattern] = patternsIn('test', `f(${source})`);
      assert.ok(pattern && growthOf(pattern) !== undefined, source);
    }
    for (const source of ['/^\\s+/', '/[a-z]+/g', '/^a*b*$/', '/ {1,9}$/']) {
      const [pattern] = patternsIn('test', `f(${source})`);
      assert.ok(pattern && growthOf(pattern) === undefined, source);
    }
  });
});
