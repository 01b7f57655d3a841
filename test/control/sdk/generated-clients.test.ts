// SDKs that OpenAPI Generator makes: generated, and where there is a toolchain, built and run against a gateway.
// The jar is looked for in build/tools and never fetched here: `make sdk-generator` does that. Maven works offline,
// from what it has; SDK_TEST_ONLINE=1 lets it fetch the client's libraries once.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generatorJarPath } from '../../../src/control/sdk/index.ts';
import { api } from '../../support/api.ts';
import { type Backend, startBackend } from '../../support/backend.ts';
import { startTestGateway } from '../../support/gateway.ts';
import { type SdkOptions, sdkOf, textsOf, unpacked } from './support.ts';

const dataDir = fileURLToPath(new URL('../../../build', import.meta.url));
const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

function missing(): string | false {
  if (!has('java', '-version')) return 'java is not installed';
  if (!existsSync(generatorJarPath(dataDir)))
    return `${generatorJarPath('build')} is not there: make sdk-generator`;
  return false;
}
const skip = missing();

const buildTimeLimitMs = 120_000;

const definitionOf = (authority: string) =>
  api(
    {
      'GET /pets/{petId}': {
        apiKeyRequired: false,
        requestParameters: {
          'method.request.path.petId': true,
          'method.request.querystring.kind': true,
          'method.request.header.X-Trace': false,
        },
        integration: {
          type: 'HTTP_PROXY',
          httpMethod: 'GET',
          uri: `http://${authority}/pets/{id}`,
          requestParameters: { 'integration.request.path.id': 'method.request.path.petId' },
        },
        declares: ['200'],
      },
      'POST /pets': {
        requestModels: { 'application/json': 'Pet' },
        integration: { type: 'HTTP_PROXY', httpMethod: 'POST', uri: `http://${authority}/pets` },
        declares: ['200'],
      },
    },
    {
      restApi: { name: 'Pet store' },
      models: {
        Pet: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string' }, friends: { type: 'array', items: { $ref: '#' } } },
        },
      },
    },
  );

async function served(t: TestContext): Promise<{ backend: Backend; invokeUrl: string; options: SdkOptions }> {
  const backend = await startBackend(t, (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"name":"Rex"}');
  });
  const definition = definitionOf(backend.authority);
  const { port } = await startTestGateway(t, [{ definition }]);
  const invokeUrl = `http://127.0.0.1:${port}/_aws/execute-api/testapi001/test`;
  return { backend, invokeUrl, options: { invokeUrl, dataDir } };
}

/** The definition that clients are made of: with a key required, which the gateway of the test does not ask for. */
function keyed(authority: string) {
  const definition = definitionOf(authority);
  const resources = definition.resources.map((resource) => ({
    ...resource,
    resourceMethods: Object.fromEntries(
      Object.entries(resource.resourceMethods ?? {}).map(([verb, method]) => [
        verb,
        { ...method, apiKeyRequired: true },
      ]),
    ),
  }));
  return { ...definition, resources };
}

const types: Readonly<
  Record<string, { parameters: Record<string, string>; files: Record<string, RegExp>; not?: RegExp }>
> = {
  java: {
    parameters: {
      'service.name': 'Pet store',
      'java.package-name': 'com.example.pets',
      'java.build-system': 'gradle',
    },
    files: {
      'build.gradle': /group = 'com\.example\.pets'[\s\S]*version = '1\.0-SNAPSHOT'/,
      'settings.gradle': /rootProject\.name = "pet-store"/,
      'src/main/java/com/example/pets/api/PetStoreApi.java': /petsPetIdGet\(/,
      'src/main/java/com/example/pets/model/Pet.java': /class Pet /,
    },
    not: /^pom\.xml$|src\/test|openapi-generator/,
  },
  android: {
    parameters: {
      groupId: 'com.example',
      artifactId: 'pets',
      artifactVersion: '2.3.4',
      invokerPackage: 'com.example.pets',
    },
    files: {
      'pom.xml':
        /<groupId>com\.example<\/groupId>\s*<artifactId>pets<\/artifactId>[\s\S]*<version>2\.3\.4<\/version>/,
      'src/main/java/com/example/pets/api/DefaultApi.java': /petsPost\(/,
      'src/main/AndroidManifest.xml': /manifest/,
    },
  },
  objectivec: {
    parameters: { classPrefix: 'SVC' },
    files: {
      'SVCClient/Api/SVCDefaultApi.h': /petsPetIdGetWithPetId/,
      'SVCClient/Model/SVCPet.h': /@interface SVCPet/,
    },
  },
  swift: {
    parameters: { classPrefix: 'SVC' },
    files: {
      'Package.swift': /SVCClient/,
      'Sources/SVCClient/APIs/SVCDefaultAPI.swift': /func petsPetIdGet\(/,
      'Sources/SVCClient/Models/SVCPet.swift': /struct SVCPet/,
    },
  },
  ruby: {
    parameters: { 'service.name': 'Pet store', 'ruby.gem-version': '1.2.3' },
    files: {
      'pet_store.gemspec': /pet_store/,
      'lib/pet_store/version.rb': /module PetStore\s+VERSION = '1\.2\.3'/,
      'lib/pet_store/api/pet_store_api.rb': /def pets_pet_id_get\(/,
      'lib/pet_store/models/pet.rb': /class Pet /,
    },
  },
};

for (const [type, { parameters, files, not = /openapi-generator/ }] of Object.entries(types)) {
  test(`SDK: ${type} has the classes and names that were asked for`, { skip }, async () => {
    const invokeUrl = 'https://a.example.com/test';
    const texts = textsOf(await sdkOf(keyed('127.0.0.1:1'), { type, parameters, dataDir, invokeUrl }));
    const names = Object.keys(texts);
    for (const [name, pattern] of Object.entries(files)) {
      assert.ok(names.includes(name), `${name} is not among ${names.join(' ')}`);
      assert.match(texts[name]!, pattern);
    }
    assert.deepEqual(
      names.filter((name) => not.test(name)),
      [],
    );
  });
}

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

function run(command: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, timeout: buildTimeLimitMs });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

const javaMain = `
package com.example.pets;
import com.example.pets.api.PetStoreApi;
import com.example.pets.auth.ApiKeyAuth;
import com.example.pets.model.Pet;
public class Main {
  public static void main(String[] args) throws Exception {
    ApiClient client = new ApiClient();
    ((ApiKeyAuth) client.getAuthentication("api_key")).setApiKey("abcdefghij0123456789");
    PetStoreApi pets = new PetStoreApi(client);
    System.out.println(pets.petsPetIdGet("a b", "cat", "one"));
    System.out.println(pets.petsPost(new Pet().name("Rex")));
  }
}
`;

test('SDK: a Java client compiles, and calls the stage with its API key', { skip }, async (t) => {
  if (!has('mvn', '-version')) return t.skip('mvn is not installed');
  const { backend, options } = await served(t);
  const parameters = { serviceName: 'Pet store', javaPackageName: 'com.example.pets' };
  const folder = unpacked(t, await sdkOf(keyed(backend.authority), { type: 'java', parameters, ...options }));
  const sources = path.join(folder, 'src/main/java/com/example/pets');
  mkdirSync(sources, { recursive: true });
  writeFileSync(path.join(sources, 'Main.java'), javaMain);
  const classPathGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath';
  const goals = [
    '-q',
    '-B',
    'compile',
    classPathGoal,
    '-Dmdep.outputProperty=none',
    '-Dmdep.outputFile=classpath',
  ];
  const isOnline = process.env.SDK_TEST_ONLINE === '1';
  const built = await run('mvn', isOnline ? goals : ['-o', ...goals], folder);
  if (/offline mode|Could not (resolve|transfer)/.test(built.output))
    return t.skip('Maven has not the libraries of the client: run this once with SDK_TEST_ONLINE=1');
  assert.equal(built.status, 0, built.output);
  const script = 'exec java -cp "target/classes:$(cat classpath)" com.example.pets.Main';
  const { status, output } = await run('sh', ['-c', script], folder);
  assert.equal(status, 0, output);
  assert.equal(output, '{name=Rex}\n{name=Rex}\n');
  const [get, post] = backend.received;
  assert.deepEqual(
    [get!.method, get!.url, get!.headers['x-trace'], get!.headers['x-api-key']],
    ['GET', '/pets/a%20b?kind=cat', 'one', 'abcdefghij0123456789'],
  );
  assert.deepEqual(
    [post!.method, post!.url, JSON.parse(post!.body.toString())],
    ['POST', '/pets', { name: 'Rex', friends: [] }],
  );
});

const rubyGems =
  "require 'faraday'; require 'faraday/multipart' if Faraday::VERSION.to_i > 1; require 'marcel'";

const rubyMain = `
require 'pet_store'
PetStore.configure { |config| config.api_key['x-api-key'] = 'abcdefghij0123456789' }
puts PetStore::PetStoreApi.new.pets_pet_id_get('a b', 'cat', { x_trace: 'one' }).to_json
`;

test('SDK: a Ruby client loads, and calls the stage with its API key', { skip }, async (t) => {
  if (!has('ruby', '--version')) return t.skip('ruby is not installed');
  if (!has('ruby', '-e', rubyGems))
    return t.skip('the gems faraday, faraday-multipart and marcel are not installed');
  const { backend, options } = await served(t);
  const parameters = { 'service.name': 'Pet store' };
  const folder = unpacked(t, await sdkOf(keyed(backend.authority), { type: 'ruby', parameters, ...options }));
  const { status, output } = await run('ruby', ['-Ilib', '-e', rubyMain], folder);
  assert.equal(status, 0, output);
  assert.equal(output, '{"name":"Rex"}\n');
  const { url, headers } = backend.last();
  assert.deepEqual(
    [url, headers['x-trace'], headers['x-api-key']],
    ['/pets/a%20b?kind=cat', 'one', 'abcdefghij0123456789'],
  );
});
