// The file that a worker thread starts with.

import { jobKinds } from './kinds/index.ts';
import { createThread } from './thread.ts';

export default createThread(jobKinds);
