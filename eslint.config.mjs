import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Rules for all code: the extension, its tests, and its scripts.
 *
 * @type {import('eslint').Linter.RulesRecord}
 */
const everywhere = {
  eqeqeq: ['error', 'always'],
  'no-var': 'error',
  'prefer-const': 'error',
  'no-control-regex': 'error',
  'object-shorthand': ['error', 'properties'],
};

export default defineConfig(
  {
    ignores: [
      '**/node_modules/',
      'dist/',
      'demo/',
      '.cache/',
      'test/editor/artifacts/',
      'test/fixtures/',
      'scripts/sample/', // user files, not project files
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...everywhere,
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Numbers in a sentence need no String(); objects and undefined still do.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Splitting text by code points is intended.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // `() => close()` is readable where the return value is unused.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'use a named export' },
        { selector: 'TSEnumDeclaration', message: 'use a union of string literals' },
        { selector: 'ExportAllDeclaration', message: 'import from the module that defines it' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-globals': [
        'error',
        { name: 'setInterval', message: 'wait after each round instead: core/jobs/pollLoop.ts' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Fakes and node:assert are passed around unbound; none of them uses `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A fake is asynchronous like the interface it implements, although it awaits nothing.
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['**/*.mjs', '**/*.cjs'], rules: everywhere },
);
