import { askWindow } from '../remote/askpassHelper.js';

// The process that ssh starts to prompt the user: `askpass.js --batch-jobs-askpass PROMPT`.
askWindow(process.argv[3] ?? '');
