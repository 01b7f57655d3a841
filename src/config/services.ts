// `services:` of a configuration file: where the calls of AWS integrations go.

import type { ServiceEndpoint } from '../resources/index.ts';
import type { Placed } from './placed.ts';
import type { NameRule, SectionReader } from './section-reader.ts';
import { type Setting, text } from './setting.ts';

export type ServiceDeclaration = ServiceEndpoint;

const serviceName: NameRule = {
  pattern: /^[a-z0-9]+([.-][a-z0-9]+)*$/,
  expected: 'a service as integration URIs spell it: dynamodb, sqs, s3, states ...',
};

export const serviceFields = {
  endpoint: endpointUrl({
    means: 'Where calls to the service go; {region} stands for the region that the integration names.',
    reason: 'nothing is sent to AWS unless its endpoint stands here',
  }),
  signingName: text({
    default: null,
    means: "The service's name in signatures; its own name when not set.",
    reason: 'the same for nearly all of them',
    expected: 'a service name as signatures have it: dynamodb, monitoring ...',
    pattern: /^[a-z0-9]+([.-][a-z0-9]+)*$/,
  }),
} as const;

export function readServices(reader: SectionReader, section: Placed): ServiceDeclaration[] {
  return reader.named(section, 'services', serviceName).flatMap(({ name, value }) => {
    if (typeof value.raw === 'string')
      return [{ service: name, endpoint: reader.value(serviceFields.endpoint, value), signingName: null }];
    const members = reader.members(value, Object.keys(serviceFields));
    if (members === null) return [];
    return [{ service: name, ...reader.fields(value, members, serviceFields, ['endpoint']) }];
  });
}

/** An http or https URL, with a path prefix at most; kept without a slash at its end. */
export function endpointUrl(prose: { means: string; reason: string }): Setting<string> {
  return {
    ...prose,
    default: '',
    expected: 'an http:// or https:// URL without user, query and fragment',
    placeholder: '<url>',
    parse: (raw) => {
      if (typeof raw !== 'string' || !/^https?:\/\/[^/]/.test(raw) || /[\s\\]/.test(raw)) return undefined;
      const url = URL.parse(raw.replaceAll('{region}', 'us-east-1'));
      const isPlain =
        url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
      return isPlain && !/[?#@]/.test(raw) ? raw.replace(/\/+$/, '') : undefined;
    },
  };
}
