import assert from 'node:assert/strict';
import { formatDriverCode, formatJuliaString } from '../../../../src/backends/juliahub/driver.js';

// Source: docs/protocols/juliahub.md, 3.7.
describe('the code that runs a script in a bundle', () => {
  it('joins the path to the working directory, component by component', () => {
    const code = formatDriverCode('sub/a b/main.jl');
    assert.ok(code.includes('joinpath(pwd(), "sub", "a b", "main.jl")'), code);
    assert.ok(code.includes('joinpath(pwd(), "appbundle", "sub", "a b", "main.jl")'), code);
    assert.match(code, /isfile\(path\) \|\| isfile\(older\) \|\| error\(/);
    assert.match(code, /file = isfile\(path\) \? path : older\n/);
    assert.match(code, /Base\.include\(Main, file\)/);
  });

  it('runs the script as the main program', () => {
    const lines = formatDriverCode('main.jl')
      .split('\n')
      .map((line) => line.trim());
    const set = lines.indexOf('Base.eval(Base, Expr(:(=), :PROGRAM_FILE, file))');
    assert.ok(set > 0 && set < lines.indexOf('Base.include(Main, file)'), lines.join('\n'));
  });

  for (const [text, literal] of [
    ['main.jl', '"main.jl"'],
    ['a"b', '"a\\"b"'],
    ['$(x)', '"\\$(x)"'],
    ['a\\n', '"a\\\\n"'],
    ['a\nb\t', '"a\\U0000000ab\\U00000009"'],
    ['caf\u00e9', '"caf\u00e9"'],
    ['\u{1f600}', '"\u{1f600}"'],
    ['\u202e', '"\\U0000202e"'],
    ['\u00a0', '"\\U000000a0"'],
    ['\x7f\0', '"\\U0000007f\\U00000000"'],
  ] as const)
    it(`writes ${JSON.stringify(text)} as a literal`, () => {
      assert.equal(formatJuliaString(text), literal);
    });
});
