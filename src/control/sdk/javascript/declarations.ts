// `apigClient.d.ts`: what TypeScript and editors know of a client.

import type { ClientMethod, ClientParameter } from '../client-methods.ts';

/** The same text declares the module and the script. */
export const declarationsOf = (
  methods: readonly ClientMethod[],
): string => `// Generated: changes will be lost.

export interface ApigClientConfig {
  /** With secretKey: requests are signed with Signature Version 4. */
  accessKey?: string;
  secretKey?: string;
  /** Of temporary keys. */
  sessionToken?: string;
  region?: string;
  /** Sent as x-api-key. */
  apiKey?: string;
  /** Default: application/json. */
  defaultContentType?: string;
  /** Default: application/json. */
  defaultAcceptType?: string;
  /** Where the stage is; default: where it was when this client was generated. */
  invokeUrl?: string;
}

export type ApigParameter = string | number | boolean;

export interface ApigAdditionalParams {
  /** Header fields beside those that the API declares, for example the token that an authorizer reads. */
  headers?: Record<string, ApigParameter | null | undefined>;
  /** Query parameters beside those that the API declares. */
  queryParams?: Record<string, ApigParameter | readonly ApigParameter[] | null | undefined>;
  /** Default: JSON where the answer is JSON, else text. */
  responseType?: 'text' | 'arraybuffer' | 'blob';
  signal?: AbortSignal;
}

export interface ApigResult<Data = any> {
  status: number;
  statusText: string;
  /** By names in lower case. */
  headers: Record<string, string>;
  data: Data;
}

/** What a promise is rejected with when the answer is not 2xx. */
export interface ApigError<Data = any> extends Error, ApigResult<Data> {
  response: ApigResult<Data>;
}

export interface ApigClient {
${methods.map(methodText).join('')}}

export interface ApigClientFactory {
  newClient(config?: ApigClientConfig): ApigClient;
}

export declare const apigClientFactory: ApigClientFactory;
export default apigClientFactory;
`;

function methodText({ name, verb, path, parameters }: ClientMethod): string {
  const isNeeded = parameters.some(({ isRequired }) => isRequired);
  const type =
    parameters.length === 0 ? 'Record<string, never> | null' : `{ ${parameters.map(memberText).join('; ')} }`;
  return `  /** ${verb} ${path.replaceAll('*/', '*\\/')} */
  ${name}<Data = any>(
    params${isNeeded ? '' : '?'}: ${type},
    body?: unknown,
    additionalParams?: ApigAdditionalParams,
  ): Promise<ApigResult<Data>>;
`;
}

function memberText({ name, place, isRequired }: ClientParameter): string {
  const type = place === 'query' ? 'ApigParameter | readonly ApigParameter[]' : 'ApigParameter';
  return `${JSON.stringify(name)}${isRequired ? '' : '?'}: ${type}`;
}
