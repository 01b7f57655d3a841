// Tags of everything that can be tagged, by ARN.
// @see management API reference, sections 3 and 8

import type { DocumentKinds, Transaction, View } from '../../store/index.ts';
import { type AwsException, badRequest, noApi, notFound } from '../protocol/exceptions.ts';
import { type Account, type Handlers, reads, writes } from './handler.ts';
import { checkTags, type Tags } from './tag-rules.ts';

export const tags = {
  GetTags: reads<'GetTags'>(({ resourceArn }, view, { account }) => ({
    tags: taggedAt(resourceArn, view, account).tags ?? {},
  })),

  TagResource: writes<'TagResource'>(({ resourceArn, tags: added }, transaction, { account }) => {
    const tagged = taggedAt(resourceArn, transaction, account);
    // Those that the service set itself stay as they are.
    checkTags(added);
    const all = { ...tagged.tags, ...added };
    checkTags(all);
    putTags(resourceArn, all, transaction, account);
  }),

  UntagResource: writes<'UntagResource'>(({ resourceArn, tagKeys }, transaction, { account }) => {
    const { tags: current = {} } = taggedAt(resourceArn, transaction, account);
    const left = Object.entries(current).filter(([key]) => !tagKeys.includes(key));
    putTags(resourceArn, Object.fromEntries(left), transaction, account);
  }),
} satisfies Partial<Handlers>;

type TaggableKind =
  | 'restApi'
  | 'stage'
  | 'apiKey'
  | 'usagePlan'
  | 'clientCertificate'
  | 'vpcLink'
  | 'domainName'
  | 'domainNameAccessAssociation';
type Tagged = DocumentKinds[TaggableKind] & { readonly tags?: Tags };

interface Place {
  readonly kind: TaggableKind;
  readonly parent: string;
  readonly id: string;
}

interface Taggable {
  /** After the colon of an ARN. */
  readonly path: RegExp;
  readonly place: (found: readonly string[], arn: string) => Place;
  readonly missing: (place: Place, account: Account) => AwsException;
}

const ofAccount =
  (kind: TaggableKind) =>
  ([, id]: readonly string[]): Place => ({ kind, parent: '', id: id! });
const missing = (what: string) => () => notFound(`Invalid ${what} identifier specified`);

const taggables: readonly Taggable[] = [
  {
    path: /^\/restapis\/([^/]+)$/,
    place: ofAccount('restApi'),
    missing: ({ id }, { accountId }) => noApi(accountId, id),
  },
  {
    path: /^\/restapis\/([^/]+)\/stages\/([^/]+)$/,
    place: ([, apiId, stageName]) => ({ kind: 'stage', parent: apiId!, id: stageName! }),
    missing: missing('stage'),
  },
  { path: /^\/apikeys\/([^/]+)$/, place: ofAccount('apiKey'), missing: missing('API Key') },
  {
    path: /^\/usageplans\/([^/]+)$/,
    place: ofAccount('usagePlan'),
    missing: () => notFound('Invalid Usage Plan ID specified'),
  },
  {
    path: /^\/clientcertificates\/([^/]+)$/,
    place: ofAccount('clientCertificate'),
    missing: missing('Client Certificate'),
  },
  { path: /^\/vpclinks\/([^/]+)$/, place: ofAccount('vpcLink'), missing: missing('Vpc Link') },
  { path: /^\/domainnames\/([^/]+)$/, place: ofAccount('domainName'), missing: missing('domain name') },
  {
    path: /^\/domainnameaccessassociations\/.+$/,
    place: (_, arn) => ({ kind: 'domainNameAccessAssociation', parent: '', id: arn }),
    missing: missing('domain name access association'),
  },
];

/** @throws BadRequestException for what is no ARN of ours; NotFoundException when nothing is there */
function taggedAt(arn: string, view: View, account: Account): Tagged {
  const { taggable, place } = placeOf(arn, account);
  const document = view.get(place.kind, place.parent, place.id) as Tagged | undefined;
  if (document === undefined) throw taggable.missing(place, account);
  return document;
}

function putTags(arn: string, tags: Tags, transaction: Transaction, account: Account): void {
  const { kind, parent, id } = placeOf(arn, account).place;
  const { tags: _, ...document } = taggedAt(arn, transaction, account);
  const changed = Object.keys(tags).length === 0 ? document : { ...document, tags };
  transaction.put(kind, parent, id, changed as Tagged);
}

function placeOf(
  arn: string,
  { partition, region, accountId }: Account,
): { taggable: Taggable; place: Place } {
  // Public things have no account in their ARN, private domain names and their associations have.
  const [prefix, arnPartition, service, arnRegion, arnAccount, ...rest] = arn.split(':');
  const isOurs =
    prefix === 'arn' &&
    arnPartition === partition &&
    service === 'apigateway' &&
    arnRegion === region &&
    (arnAccount === '' || arnAccount === accountId);
  const path = rest.join(':');
  for (const taggable of isOurs ? taggables : []) {
    const found = taggable.path.exec(path);
    if (found !== null) return { taggable, place: taggable.place(found, arn) };
  }
  throw badRequest('Invalid ARN specified in the request');
}
