// `README.md` of a JavaScript SDK.

import type { JavascriptClient } from './client.ts';

const methodsMax = 200;

export function readmeOf({ apiName, stageName, invokeUrl, methods }: JavascriptClient): string {
  const example = methods.find(({ verb }) => verb === 'GET') ?? methods[0];
  const name = example?.name ?? 'rootGet';
  const params = (example?.parameters ?? []).map((one) => `${JSON.stringify(one.name)}: ''`).join(', ');
  const shown = methods
    .slice(0, methodsMax)
    .map((one) => `| \`${one.name}\` | \`${one.verb} ${one.path}\` |`);
  const left = methods.length - shown.length;
  return `# JavaScript client

Of the API "${oneLine(apiName)}", stage "${stageName}", at ${invokeUrl}. It runs in browsers and in Node.js 20 or newer, and
needs no other library.

## Use

In a page:

\`\`\`html
<script src="apigClient.js"></script>
\`\`\`

In a module, or in CommonJS:

\`\`\`js
import { apigClientFactory } from "./apiGateway-js-sdk/apigClient.mjs";
const { apigClientFactory } = require("./apiGateway-js-sdk/apigClient.js");
\`\`\`

Then:

\`\`\`js
const apigClient = apigClientFactory.newClient();

const params = { ${params} };     // path, query and header parameters that the API declares
const body = {};                  // GET and HEAD have none
const additionalParams = {
  headers: {},                    // fields that the API does not declare
  queryParams: {},
};

apigClient.${name}(params, body, additionalParams)
  .then((result) => console.log(result.status, result.data, result.headers))
  .catch((error) => console.error(error.status, error.data));
\`\`\`

A promise is rejected when the answer is not 2xx: the error has \`status\`, \`data\` and \`headers\`. A page of another
origin may call the API, and see its answers, only where the API answers CORS requests.

## Settings of \`newClient\`

| | |
|---|---|
| \`apiKey\` | sent as \`x-api-key\` |
| \`accessKey\`, \`secretKey\`, \`sessionToken\` | requests are signed with Signature Version 4 |
| \`region\` | of the signature |
| \`defaultContentType\`, \`defaultAcceptType\` | default: \`application/json\` |
| \`invokeUrl\` | where the stage is, for example behind a domain name of your own |

A custom authorizer's token is a header field like others: \`{ headers: { Authorization: token } }\` in
\`additionalParams\`. A request that has an \`Authorization\` field is not signed.

## Methods

| | |
|---|---|
${shown.join('\n')}
${left > 0 ? `\nAnd ${left} more: see \`apigClient.d.ts\`.\n` : ''}`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
