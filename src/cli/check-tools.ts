// What checks a definition's templates and patterns: the compilers that data planes compile them with.

import type { CheckTools } from '../control/openapi/index.ts';
import { compileSelectionPattern, compileTemplate } from '../mapping/index.ts';

export const checkTools: CheckTools = { compileTemplate, compileSelectionPattern };
