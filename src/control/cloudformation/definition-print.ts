// Whether what an API would deploy has changed.

import type { V2Definition } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { v2DefinitionOf } from '../deployment/v2-deploy.ts';

/** Equal texts mean that the same would be deployed; of some parts the order matters. '' of an API that is not there. */
export function definitionPrint(view: View, apiId: string): string {
  if (view.get('v2Api', '', apiId) === undefined) return '';
  const definition: V2Definition = v2DefinitionOf(view, apiId);
  return JSON.stringify(
    Object.entries(definition).map(([name, parts]) =>
      Array.isArray(parts) && name !== 'integrationResponses' ? parts.map(sorted).sort() : sorted(parts),
    ),
  );
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
