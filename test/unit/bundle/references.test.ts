import assert from 'node:assert/strict';
import { parseReferences, replacePaths, type JuliaFileKind } from '../../../src/bundle/julia/references.js';

/** Returns a path for each package that contains its name and its old path. */
const moved = (text: string, kind: JuliaFileKind): string | undefined =>
  replacePaths(text, kind, (name, path) => (path === 'stay' ? undefined : `new/${name} of ${path}`));

const format1 = `# This file is machine-generated - editing it directly is not advised

[[Dates]]
deps = ["Printf"]
uuid = "ade2ca70-3891-5945-98fb-dc099432e06a"

[[Far]]
deps = ["Dates"]
path = "../Far"
uuid = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0001"
version = "0.1.0"

[[Near]]
path = "stay"
uuid = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0002"
`;

const format2 = `# This file is machine-generated - editing it directly is not advised

julia_version = "1.11.1"
manifest_format = "2.0"
project_hash = "0123"

[[deps.Far]]
deps = ["Dates"]
path = '..\\Far' # literal
uuid = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0001"

    [deps.Far.extensions]
    path = "FarPathExt"

[[deps."Quoted"]]
path="../\\u0051"
uuid = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0003"

[[deps.Added]]
git-tree-sha1 = "0123456789012345678901234567890123456789"
repo-rev = "main"
repo-url = "https://ada:secret@example.org/Added.jl"
uuid = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0004"
`;

describe('the references of a Julia file', () => {
  it('are found in manifests of format 1', () => {
    assert.deepEqual(
      parseReferences(format1, 'manifest')?.map(({ name, path }) => [name, path]),
      [
        ['Dates', undefined],
        ['Far', '../Far'],
        ['Near', 'stay'],
      ],
    );
  });

  it('are found in manifests of format 2, URLs without passwords', () => {
    assert.deepEqual(parseReferences(format2, 'manifest'), [
      { name: 'Far', path: '..\\Far', url: undefined },
      { name: 'Quoted', path: '../Q', url: undefined },
      { name: 'Added', path: undefined, url: 'https://example.org/Added.jl' },
    ]);
  });

  it('are found in the sources of a project', () => {
    const text =
      'path = "x"\n[sources]\nA = {path = "../A"}\nB = {url = "https://example.org/B", rev = "x"}\n';
    assert.deepEqual(parseReferences(text, 'project'), [
      { name: 'A', path: '../A', url: undefined },
      { name: 'B', path: undefined, url: 'https://example.org/B' },
    ]);
  });

  it('are undefined for invalid TOML', () => {
    assert.equal(parseReferences('[[deps', 'manifest'), undefined);
    assert.equal(moved('[[deps', 'manifest'), undefined);
  });
});

describe('changing the paths of packages', () => {
  it('changes nothing else in a manifest of format 1', () => {
    assert.equal(
      moved(format1, 'manifest'),
      format1.replace('path = "../Far"', 'path = "new/Far of ../Far"'),
    );
  });

  it('changes nothing else in a manifest of format 2, not even other paths', () => {
    assert.equal(
      moved(format2, 'manifest'),
      format2
        .replace("path = '..\\Far' #", 'path = "new/Far of ..\\\\Far" #')
        .replace('path="../\\u0051"', 'path="new/Quoted of ../Q"'),
    );
  });

  it('keeps Windows line ends', () => {
    const text = format1.replaceAll('\n', '\r\n');
    assert.equal(moved(text, 'manifest'), text.replace('path = "../Far"', 'path = "new/Far of ../Far"'));
  });

  it('changes the sources of a project in each supported form', () => {
    const text = `name = "App"
[deps]
A = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0001"
path = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0005"

[sources]
A = {path = "../A"} # a
"B" = { subdir = "path = 1", path='../B' }
C.path = "../C"
D = {url = "https://example.org/D"}

[sources.E]
path = "../E"

[extras]
F = "path"
`;
    assert.equal(
      moved(text, 'project'),
      text
        .replace('"../A"', '"new/A of ../A"')
        .replace("'../B'", '"new/B of ../B"')
        .replace('"../C"', '"new/C of ../C"')
        .replace('"../E"', '"new/E of ../E"'),
    );
  });

  it('distinguishes packages with the same name by their paths', () => {
    const entry = (path: string): string => `[[deps.A]]\npath = "${path}"\nuuid = "x"\n\n`;
    const text = `manifest_format = "2.0"\n\n${entry('a')}${entry('stay')}${entry('b')}`;
    assert.equal(moved(text, 'manifest'), text.replace('"a"', '"new/A of a"').replace('"b"', '"new/A of b"'));
  });

  it('returns undefined for unsupported forms', () => {
    assert.equal(moved('sources = {A = {path = "../A"}}\n', 'project'), undefined);
    assert.equal(moved('manifest_format = "2.0"\ndeps = {A = [{path = "../A"}]}\n', 'manifest'), undefined);
  });
});
