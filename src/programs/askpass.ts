import { promptInEditor } from '../remote/askpassHelper.js';

// The process that ssh starts to prompt the user: `askpass.js --batch-jobs-askpass PROMPT`.
promptInEditor(process.argv[3] ?? '');
