// DocumentationVersions: all documentation parts of an API as they were at one time. A stage names the one that its
// exports show, so that naming an earlier one again rolls the published documentation back.

import type { StoredDocumentationVersion, View } from '../../store/index.ts';
import { apiOf } from '../lookup.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces } from '../protocol/patch.ts';
import { epochSeconds, type Handlers, reads, writes } from './handler.ts';

export const documentationVersions = {
  CreateDocumentationVersion: writes<'CreateDocumentationVersion'>((input, transaction, context) => {
    const { restApiId, documentationVersion: version, stageName, description } = input;
    const createdDate = context.now();
    apiOf(transaction, restApiId, context.account);
    if (version.trim() === '') throw badRequest('Documentation version cannot be blank');
    if (transaction.get('documentationVersion', restApiId, version) !== undefined)
      throw conflict('Documentation version already exists');
    const created: StoredDocumentationVersion = {
      version,
      ...(description === undefined ? {} : { description }),
      createdDate,
      parts: transaction.list('documentationPart', restApiId),
    };
    transaction.put('documentationVersion', restApiId, version, created);
    if (stageName !== undefined) {
      const stage = transaction.get('stage', restApiId, stageName);
      if (stage === undefined) throw notFound('Invalid stage identifier specified');
      const published = { ...stage, documentationVersion: version, lastUpdatedDate: createdDate };
      transaction.put('stage', restApiId, stageName, published);
    }
    return present(created);
  }),

  GetDocumentationVersion: reads<'GetDocumentationVersion'>((input, view, { account }) => {
    const { restApiId, documentationVersion } = input;
    apiOf(view, restApiId, account);
    return present(versionOf(view, restApiId, documentationVersion));
  }),

  GetDocumentationVersions: reads<'GetDocumentationVersions'>((input, view, { account }) => {
    apiOf(view, input.restApiId, account);
    return page(view.list('documentationVersion', input.restApiId), input, ({ version }) => version, present);
  }),

  UpdateDocumentationVersion: writes<'UpdateDocumentationVersion'>((input, transaction, { account }) => {
    const { restApiId, documentationVersion, patchOperations } = input;
    apiOf(transaction, restApiId, account);
    const before = versionOf(transaction, restApiId, documentationVersion);
    const changed = patchDocument(before, patchOperations, patches);
    transaction.put('documentationVersion', restApiId, documentationVersion, changed);
    return present(changed);
  }),

  DeleteDocumentationVersion: writes<'DeleteDocumentationVersion'>((input, transaction, { account }) => {
    const { restApiId, documentationVersion } = input;
    apiOf(transaction, restApiId, account);
    versionOf(transaction, restApiId, documentationVersion);
    const users = transaction
      .list('stage', restApiId)
      .filter((stage) => stage.documentationVersion === documentationVersion);
    if (users.length > 0)
      throw badRequest('Active stages pointing to this documentation version must be moved or deleted');
    transaction.remove('documentationVersion', restApiId, documentationVersion);
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException `Invalid Documentation version specified` */
function versionOf(view: View, apiId: string, version: string): StoredDocumentationVersion {
  const found = view.get('documentationVersion', apiId, version);
  if (found === undefined) throw notFound('Invalid Documentation version specified');
  return found;
}

const present = ({ version, createdDate, description }: StoredDocumentationVersion) => ({
  version,
  createdDate: epochSeconds(createdDate),
  description,
});

const patches: PatchTable<StoredDocumentationVersion> = {
  rows: [replaces('/description', 'description', (value) => value)],
};
