import { askWindow } from '../remote/askpassHelper.js';

// The process that ssh starts to ask the user: `askpass.js --batch-jobs-askpass QUESTION`.
askWindow(process.argv[3] ?? '');
