import neostandard from 'neostandard'

export default [
  { ignores: ['dist/', '.tap/', 'storage/', 'node_modules/'] },
  ...neostandard({ ts: true }),
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      // File names and XML are cleaned of control characters by expressions that name them.
      'no-control-regex': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }]
    }
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Said before what handles its own errors.
      'no-void': ['error', { allowAsStatement: true }],
      // Tap waits itself for the tests that a test begins.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafePromises: [{ from: 'package', package: '@tapjs/core', name: 'PromiseWithSubtest' }] }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/only-throw-error': 'error'
    }
  },
  {
    files: ['src/web/public/*.js'],
    languageOptions: { globals: { addEventListener: 'readonly', DOMParser: 'readonly', XMLHttpRequest: 'readonly' } }
  }
]
