// `apigClient.js`: the runtime and one function for each method of the API.

import type { ClientMethod } from '../client-methods.ts';
import { runtime } from './runtime.ts';

export interface JavascriptClient {
  readonly apiName: string;
  readonly stageName: string;
  readonly region: string;
  /** Without a slash at the end. */
  readonly invokeUrl: string;
  readonly methods: readonly ClientMethod[];
}

/** For `<script>` and `require`. */
export const scriptOf = (client: JavascriptClient): string => `${factoryOf(client)}
if (typeof module === 'object' && typeof module.exports === 'object') {
  module.exports.apigClientFactory = apigClientFactory;
  module.exports.default = apigClientFactory;
}
`;

/** For `import`. */
export const moduleOf = (client: JavascriptClient): string => `${factoryOf(client)}
export { apigClientFactory };
export default apigClientFactory;
`;

function factoryOf({ apiName, stageName, region, invokeUrl, methods }: JavascriptClient): string {
  return `// Client of the API ${quoted(apiName)}, stage ${quoted(stageName)}. Generated: changes will be lost.
// See README.md.

var apigClientFactory = (function () {
  'use strict';

  ${runtime}
  var defaults = {
    accessKey: '',
    secretKey: '',
    sessionToken: '',
    region: ${JSON.stringify(region)},
    apiKey: '',
    defaultContentType: 'application/json',
    defaultAcceptType: 'application/json',
    invokeUrl: ${JSON.stringify(invokeUrl)},
  };

  function newClient(config) {
    var settings = Object.assign({}, defaults);
    Object.keys(config || {}).forEach(function (name) {
      if (isGiven(config[name]) && config[name] !== '') settings[name] = config[name];
    });
    settings.invokeUrl = settings.invokeUrl.replace(/\\/+$/, '');

    function method(verb, path, names) {
      var operation = Object.assign({ verb: verb, path: path, query: [], header: [], required: [] }, names);
      return function (params, body, additionalParams) {
        return sendRequest(settings, operation, params, body, additionalParams);
      };
    }

    return {
${methods.map(methodText).join('')}    };
  }

  return { newClient: newClient };
})();
`;
}

function methodText({ name, verb, path, parameters }: ClientMethod): string {
  const names = {
    query: parameters.filter(({ place }) => place === 'query').map((one) => one.name),
    header: parameters.filter(({ place }) => place === 'header').map((one) => one.name),
    required: parameters.filter(({ isRequired }) => isRequired).map((one) => one.name),
  };
  const given = Object.entries(names).filter(([, list]) => list.length > 0);
  const last =
    given.length === 0 ? '' : `, { ${given.map(([key, list]) => `${key}: ${listText(list)}`).join(', ')} }`;
  return `      ${name}: method('${verb}', ${JSON.stringify(path)}${last}),\n`;
}

const listText = (names: readonly string[]): string =>
  `[${names.map((name) => JSON.stringify(name)).join(', ')}]`;

/** A text on one line of source: JavaScript knows two line ends that JSON does not escape. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
