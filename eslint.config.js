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
    files: ['src/web/public/*.js'],
    languageOptions: { globals: { addEventListener: 'readonly', DOMParser: 'readonly', XMLHttpRequest: 'readonly' } }
  }
]
