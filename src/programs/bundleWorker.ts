import { runWorker } from '../bundle/worker.js';

// The worker thread that plans and packs a bundle.
void runWorker(() => import('../bundle/archive.js'));
