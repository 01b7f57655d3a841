// What comes of a rule that matches: allowed, blocked (with an answer of its own), or counted.

import { type HeaderBlock, headerBlock, isFieldValue } from '../base/header-field.ts';
import type { CustomResponseBody } from '../resources/index.ts';
import { FirewallError, type FirewallField, notEvaluated, reasons } from './firewall-error.ts';
import {
  integerIn,
  isGiven,
  listIn,
  type Members,
  membersOf,
  oneOfMembers,
  patterns,
  textIn,
} from './members.ts';

/** An answer in place of the gateway response WAF_FILTERED. */
export interface CustomAnswer {
  readonly status: number;
  readonly headers: HeaderBlock;
  readonly body: string;
}

export type Action =
  | { readonly kind: 'ALLOW' | 'COUNT'; readonly inserts: readonly string[] }
  | { readonly kind: 'BLOCK'; readonly answer: CustomAnswer | null };

export type ResponseBodies = Readonly<Record<string, CustomResponseBody>>;

const kinds = ['Allow', 'Block', 'Count', 'Captcha', 'Challenge', 'Monetize'] as const;

/** @param only - which may stand here @throws FirewallError */
export function compileAction(
  value: unknown,
  field: FirewallField,
  only: readonly ('Allow' | 'Block' | 'Count')[],
  bodies: ResponseBodies,
): Action {
  const [kind, given] = oneOfMembers(value, field, kinds);
  switch (kind) {
    case 'Allow':
    case 'Count': {
      if (!only.includes(kind)) throw new FirewallError(reasons.nested, field, kind);
      const { CustomRequestHandling: handling } = membersOf(given, field, ['CustomRequestHandling']);
      return {
        kind: kind === 'Allow' ? 'ALLOW' : 'COUNT',
        inserts: isGiven(handling) ? insertsOf(handling) : [],
      };
    }
    case 'Block': {
      const { CustomResponse: custom } = membersOf(given, field, ['CustomResponse']);
      return { kind: 'BLOCK', answer: isGiven(custom) ? customAnswer(custom, bodies) : null };
    }
    default:
      throw notEvaluated(`the action ${kind}`, field);
  }
}

const headerName = /^[a-zA-Z0-9_-]{1,64}$/;
const headersMax = 10;

function headersOf(members: Members, name: string, field: FirewallField): string[] {
  return listIn(members, name, field, 1, headersMax).flatMap((one) => {
    const header = membersOf(one, field, ['Name', 'Value']);
    const value = textIn(header, 'Value', field, /^[^\r\n]{1,255}$/);
    if (!isFieldValue(value)) throw new FirewallError(reasons.format, field, 'Value');
    return [textIn(header, 'Name', field, headerName), value];
  });
}

/** Backends see them with a prefix, so that they cannot be mistaken for the client's. */
function insertsOf(value: unknown): string[] {
  const field = 'CUSTOM_REQUEST_HANDLING';
  const flat = headersOf(membersOf(value, field, ['InsertHeaders']), 'InsertHeaders', field);
  return flat.map((text, i) => (i % 2 === 0 ? `x-amzn-waf-${text.toLowerCase()}` : text));
}

const contentTypes: Readonly<Record<CustomResponseBody['ContentType'], string>> = {
  TEXT_PLAIN: 'text/plain',
  TEXT_HTML: 'text/html',
  APPLICATION_JSON: 'application/json',
};

/** Ours to set, or not to be set by an answer. */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'transfer-encoding',
  'upgrade',
]);

function customAnswer(value: unknown, bodies: ResponseBodies): CustomAnswer {
  const field = 'CUSTOM_RESPONSE';
  const members = membersOf(value, field, ['ResponseCode', 'CustomResponseBodyKey', 'ResponseHeaders']);
  const status = integerIn(members, 'ResponseCode', field, 200, 599);
  const headers = isGiven(members.ResponseHeaders) ? headersOf(members, 'ResponseHeaders', field) : [];
  for (let i = 0; i < headers.length; i += 2)
    if (reserved.has(headers[i]!.toLowerCase())) throw new FirewallError(reasons.format, field, headers[i]!);
  if (!isGiven(members.CustomResponseBodyKey)) return { status, headers: headerBlock(headers), body: '' };
  const key = textIn(members, 'CustomResponseBodyKey', field, patterns.entityName);
  const found = Object.hasOwn(bodies, key) ? bodies[key] : undefined;
  if (found === undefined) throw new FirewallError(reasons.reference, 'CUSTOM_RESPONSE_BODY', key);
  const block = headerBlock(['Content-Type', contentTypes[found.ContentType], ...headers]);
  return { status, headers: block, body: found.Content };
}
