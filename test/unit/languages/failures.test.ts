import assert from 'node:assert/strict';
import { startStopwatch } from '../../fakes/stopwatch.js';
import { findFailure } from '../../../src/languages/failures.js';

/** The lines of a recorded output, without the first line break and the indentation of the test. */
const lines = (text: string): readonly string[] =>
  text
    .replace(/^\n/, '')
    .replace(/\n\s*$/, '')
    .split('\n');

// Recorded with Python 3.11.7, Node 20.20.2, bash 5.2 and Julia 1.5 unless a test says otherwise.
describe('findFailure', () => {
  it('finds the innermost line of a Python traceback', () => {
    const output = lines(`
handled Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
Traceback (most recent call last):
  File "/home/ada/train.py", line 12, in <module>
    main()
  File "/home/ada/train.py", line 11, in main
    load('x')
  File "/home/ada/train.py", line 5, in load
    return config['lr']
           ~~~~~~^^^^^^
KeyError: 'lr'
`);
    assert.deepEqual(findFailure(output), { text: "KeyError: 'lr'", file: '/home/ada/train.py', line: 5 });
  });

  it("refers to the user's file if Python's own library raised the error", () => {
    const output = lines(`
Traceback (most recent call last):
  File "/home/ada/lib.py", line 4, in <module>
    f()
  File "/home/ada/lib.py", line 3, in f
    json.loads('{"a": ')
  File "/opt/python/lib/python3.11/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/opt/python/lib/python3.11/json/decoder.py", line 355, in raw_decode
    raise JSONDecodeError("Expecting value", s, err.value) from None
json.decoder.JSONDecodeError: Expecting value: line 1 column 7 (char 6)
`);
    assert.deepEqual(findFailure(output), {
      text: 'json.decoder.JSONDecodeError: Expecting value: line 1 column 7 (char 6)',
      file: '/home/ada/lib.py',
      line: 3,
    });
  });

  it('returns the last of chained Python errors, with the first line of its text', () => {
    const output = lines(`
Traceback (most recent call last):
  File "/home/ada/chain.py", line 3, in <module>
    1/0
    ~^~
ZeroDivisionError: division by zero

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/home/ada/chain.py", line 5, in <module>
    raise MyProblem('two\\nlines') from e
MyProblem: two
lines
`);
    assert.deepEqual(findFailure(output), { text: 'MyProblem: two', file: '/home/ada/chain.py', line: 5 });
  });

  it('parses a Python syntax error, which has no traceback', () => {
    const output = lines(`
  File "/home/ada/syn.py", line 1
    def f(:
          ^
SyntaxError: invalid syntax
`);
    assert.deepEqual(findFailure(output), {
      text: 'SyntaxError: invalid syntax',
      file: '/home/ada/syn.py',
      line: 1,
    });
  });

  it('parses a Python error without a text', () => {
    const output = lines(`
Traceback (most recent call last):
  File "/home/ada/assertion.py", line 1, in <module>
    assert 1 == 2
           ^^^^^^
AssertionError
`);
    assert.deepEqual(findFailure(output), {
      text: 'AssertionError',
      file: '/home/ada/assertion.py',
      line: 1,
    });
  });

  it('parses a Python exception group', () => {
    const output = lines(`
  + Exception Group Traceback (most recent call last):
  |   File "/home/ada/group.py", line 2, in <module>
  |     f()
  |   File "/home/ada/group.py", line 1, in f
  |     def f(): raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])
  |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: a
    +---------------- 2 ----------------
    | KeyError: 'b'
    +------------------------------------
`);
    assert.deepEqual(findFailure(output), {
      text: 'ExceptionGroup: several (2 sub-exceptions)',
      file: '/home/ada/group.py',
      line: 1,
    });
  });

  it('returns no location for Python code without a file', () => {
    const output = lines(`
Traceback (most recent call last):
  File "<stdin>", line 1, in <module>
ValueError: early
`);
    assert.deepEqual(findFailure(output), { text: 'ValueError: early' });
  });

  it("skips Julia's own files", () => {
    const output = lines(`
ERROR: LoadError: ArgumentError: invalid base 10 digit 'a' in "abc"
Stacktrace:
 [1] tryparse_internal(::Type{Int64}, ::String, ::Int64, ::Int64, ::Int64, ::Bool) at ./parse.jl:132
 [2] parse(::Type{Int64}, ::String; base::Nothing) at ./parse.jl:238
 [3] parse(::Type{Int64}, ::String) at ./parse.jl:238
 [4] top-level scope at /home/ada/parse.jl:9
 [5] include(::Function, ::Module, ::String) at ./Base.jl:380
 [6] include(::Module, ::String) at ./Base.jl:368
 [7] exec_options(::Base.JLOptions) at ./client.jl:296
 [8] _start() at ./client.jl:506
in expression starting at /home/ada/parse.jl:8
`);
    assert.deepEqual(findFailure(output), {
      text: `ArgumentError: invalid base 10 digit 'a' in "abc"`,
      file: '/home/ada/parse.jl',
      line: 9,
    });
  });

  it('parses the frames of Julia 1.6 and later', () => {
    // Based on Julia's manual, "Stack Traces"; not recorded.
    const output = lines(`
ERROR: LoadError: KeyError: key "lr" not found
Stacktrace:
 [1] getindex(h::Dict{String, Int64}, key::String)
   @ Base ./dict.jl:498
 [2] load(path::String)
   @ Main.Helper /home/ada/my fit/helper.jl:5
 [3] top-level scope
   @ /home/ada/my fit/fit.jl:7
in expression starting at /home/ada/my fit/fit.jl:7
`);
    assert.deepEqual(findFailure(output), {
      text: 'KeyError: key "lr" not found',
      file: '/home/ada/my fit/helper.jl',
      line: 5,
    });
  });

  it("returns the location of the expression if no Julia frame is the user's", () => {
    const output = ['ERROR: LoadError: boom', 'Stacktrace:', 'in expression starting at /home/ada/err.jl:3'];
    assert.deepEqual(findFailure(output), { text: 'boom', file: '/home/ada/err.jl', line: 3 });
  });

  it('finds the innermost user frame of a Node stack', () => {
    const output = lines(`
file:///home/ada/my%20fit/a.mjs:1
function f(x) { return x.y.z }
                           ^

TypeError: Cannot read properties of undefined (reading 'z')
    at f (file:///home/ada/my%20fit/a.mjs:1:28)
    at file:///home/ada/my%20fit/a.mjs:2:1
    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)
    at async ModuleLoader.import (node:internal/modules/esm/loader:606:24)

Node.js v20.20.2
`);
    assert.deepEqual(findFailure(output), {
      text: "TypeError: Cannot read properties of undefined (reading 'z')",
      file: '/home/ada/my fit/a.mjs',
      line: 1,
    });
  });

  it("skips Node's own frames, and lines between the error and its stack", () => {
    const output = lines(`
node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module './nothing'
Require stack:
- /home/ada/b.cjs
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at require (node:internal/modules/helpers:182:18)
    at Object.<anonymous> (/home/ada/b.cjs:4:1)
    at Module._compile (node:internal/modules/cjs/loader:1521:14) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/home/ada/b.cjs' ]
}

Node.js v20.20.2
`);
    assert.deepEqual(findFailure(output), {
      text: "Error: Cannot find module './nothing'",
      file: '/home/ada/b.cjs',
      line: 4,
    });
  });

  it('parses an awaited Node frame with properties', () => {
    const output = lines(`
Error: ENOENT: no such file or directory, open '/nope'
    at async open (node:internal/fs/promises:637:25)
    at async readFile (node:internal/fs/promises:1249:14)
    at async file:///home/ada/c.mjs:2:1 {
  errno: -2,
`);
    assert.deepEqual(findFailure(output), {
      text: "Error: ENOENT: no such file or directory, open '/nope'",
      file: '/home/ada/c.mjs',
      line: 2,
    });
  });

  it('finds the location of a Node syntax error above it', () => {
    const output = lines(`
file:///home/ada/f.mjs:1
let a = ;
        ^

SyntaxError: Unexpected token ';'
    at compileSourceTextModule (node:internal/modules/esm/utils:346:16)
    at ModuleLoader.moduleStrategy (node:internal/modules/esm/translators:146:18)

Node.js v20.20.2
`);
    assert.deepEqual(findFailure(output), {
      text: "SyntaxError: Unexpected token ';'",
      file: '/home/ada/f.mjs',
      line: 1,
    });
  });

  it('parses an R error, with its text in the next line if necessary', () => {
    // Based on R's manual, "Writing R Extensions"; not recorded.
    assert.deepEqual(findFailure(['Error in f(1) : something bad', 'Calls: f', 'Execution halted']), {
      text: 'Error in f(1) : something bad',
    });
    assert.deepEqual(
      findFailure(['Error in readRDS("a/long/path.rds") : ', '  cannot open file', 'Execution halted']),
      { text: 'Error in readRDS("a/long/path.rds") : cannot open file' },
    );
    assert.deepEqual(findFailure(["Error: object 'x' not found", 'Execution halted']), {
      text: "Error: object 'x' not found",
    });
  });

  it('ignores an R error that did not end the run', () => {
    assert.equal(findFailure(['Error: tried again', 'all is well']), undefined);
  });

  it('parses errors of bash and dash', () => {
    assert.deepEqual(findFailure(['hi', 'x.sh: line 3: foo: command not found']), {
      text: 'foo: command not found',
      file: 'x.sh',
      line: 3,
    });
    assert.deepEqual(findFailure(['y.sh: line 2: NOT_SET: unbound variable']), {
      text: 'NOT_SET: unbound variable',
      file: 'y.sh',
      line: 2,
    });
    assert.deepEqual(findFailure(['z.sh: 1: foo: not found']), {
      text: 'foo: not found',
      file: 'z.sh',
      line: 1,
    });
  });

  it('returns no location for a bash command without a file', () => {
    assert.deepEqual(findFailure(['bash: line 1: foo: command not found']), {
      text: 'foo: command not found',
    });
  });

  it('returns the last failure, regardless of its language', () => {
    const output = lines(`
Traceback (most recent call last):
  File "<stdin>", line 1, in <module>
ValueError: early
after.sh: line 4: foo: command not found
`);
    assert.equal(findFailure(output)?.file, 'after.sh');
    assert.equal(findFailure([...output.slice(3), ...output.slice(0, 3)])?.text, 'ValueError: early');
  });

  it('truncates a long text', () => {
    const text = findFailure([`x.sh: line 3: ${'😀'.repeat(300)}`])?.text ?? '';
    assert.equal(text, `${'😀'.repeat(199)}…`);
  });

  it('returns undefined for ordinary output', () => {
    assert.equal(findFailure([]), undefined);
    assert.equal(findFailure(['epoch 1: loss 0.3', 'at the end: done', '  at once']), undefined);
  });

  it('parses a very long line in time', () => {
    const elapsedMs = startStopwatch();
    findFailure(Array.from({ length: 20 }, () => 'a: '.repeat(20_000)));
    assert.ok(elapsedMs() < 1_000);
  });
});
