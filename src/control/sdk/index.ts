export { generateSdk, type SdkSource } from './generate-sdk.ts';
export {
  type FetchedGenerator,
  type FetchGenerator,
  fetchGenerator,
  GeneratorFetchError,
  generatorJarPath,
  generatorVersion,
} from './generator-jar.ts';
export { invokeUrlOf } from './invoke-url.ts';
export type { SdkTools } from './run-generator.ts';
export { sdkRequestOf, sdkTypeOf, sdkTypes } from './sdk-types.ts';
