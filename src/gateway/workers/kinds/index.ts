// The kinds of job that worker threads can do. The list is the registry.

import { compileTemplate } from '../../../mapping/template.ts';
import type { JobKind } from '../job-kind.ts';
import { createRenderKind } from './render.ts';
import { createVerifyKind } from './verify.ts';

export const jobKinds: readonly JobKind[] = [createRenderKind(compileTemplate), createVerifyKind()];
