// Who may be asked about a caller, by the service that the authorizer's URI names: the list is the registry.

import { parseAwsUri } from '../exchange/aws-uri.ts';
import { withStageVariables } from '../exchange/stage-variables.ts';
import type { Asker, AskerKind, AskerOptions, AskerTools } from './asker.ts';
import { introspection } from './introspection.ts';
import { lambda } from './lambda-target.ts';

const askers: Readonly<Record<string, AskerKind>> = { lambda, introspection };

/** @returns what is wrong with the URI, for the log, where it names nobody who could be asked */
export function compileAsker(options: AskerOptions, tools: AskerTools): Asker | string {
  const text = withStageVariables(options.uri ?? '', options.stageVariables);
  const uri = parseAwsUri(text);
  const asker =
    typeof uri !== 'string' && Object.hasOwn(askers, uri.service)
      ? askers[uri.service]!.compile(uri, options, tools)
      : null;
  return asker ?? `"${text}" names no function, and nobody else who could be asked`;
}
