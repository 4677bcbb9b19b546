import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'node_modules/', 'vscode-client/bundled/'] },
  eslint.configs.recommended,
  {
    files: ['vscode-client/**/*.ts', 'vscode-client/**/*.tsx', 'tests/vscode/**/*.ts'],
    extends: tseslint.configs.strictTypeChecked,
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-globals': ['error', { name: 'setInterval', message: 'Wait for the event itself.' }],
    },
  },
);
