// A worker thread that renders toy templates.

import { createRenderKind } from '../../src/gateway/workers/kinds/render.ts';
import { createThread } from '../../src/gateway/workers/thread.ts';
import { compileToy } from './toy-template.ts';

export default createThread([createRenderKind(compileToy)]);
