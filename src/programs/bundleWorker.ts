import { runPackWorker } from '../bundle/packWorker.js';

// The worker thread that plans and packs a bundle.
void runPackWorker(() => import('../bundle/archive.js'));
