// The JavaScript SDK, in the layout that API Gateway's users know.

import { type JavascriptClient, moduleOf, scriptOf } from './client.ts';
import { declarationsOf } from './declarations.ts';
import { readmeOf } from './readme.ts';

/** Path in the archive -> text. */
export function javascriptFiles(client: JavascriptClient): Readonly<Record<string, string>> {
  const declarations = declarationsOf(client.methods);
  return {
    'apiGateway-js-sdk/README.md': readmeOf(client),
    'apiGateway-js-sdk/apigClient.js': scriptOf(client),
    'apiGateway-js-sdk/apigClient.d.ts': declarations,
    'apiGateway-js-sdk/apigClient.mjs': moduleOf(client),
    'apiGateway-js-sdk/apigClient.d.mts': declarations,
    'apiGateway-js-sdk/package.json': `${JSON.stringify(packageJson, null, 2)}\n`,
  };
}

const packageJson = {
  name: 'api-gateway-js-sdk',
  version: '1.0.0',
  private: true,
  type: 'commonjs',
  main: './apigClient.js',
  module: './apigClient.mjs',
  types: './apigClient.d.ts',
  exports: { '.': { import: './apigClient.mjs', default: './apigClient.js' }, './*': './*' },
  engines: { node: '>=20' },
};
