// ClientCertificates: what stages show to backends, so that these know who calls. Made here, the key never leaves.

import type { ClientCertificate } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces } from '../protocol/patch.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { acts, epochSeconds, type Handlers, reads, writes } from './handler.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';
import { checkTags, idFor } from './tag-rules.ts';

const subject = { commonName: 'ApiGateway', organization: 'Sluice' };
const validDays = 365;

export const clientCertificates = {
  GenerateClientCertificate: acts<'GenerateClientCertificate'>(async ({ description, tags }, context) => {
    const { store, now } = context;
    checkTags(tags);
    // Asked before the key is made, which is the long part, and again when it is stored.
    refuseOneMore(store.view);
    const createdDate = now();
    const expirationDate = new Date(Date.parse(createdDate) + validDays * 86_400_000).toISOString();
    const made = await selfSignedCertificate(subject, createdDate, expirationDate);
    return store.write((transaction) => {
      refuseOneMore(transaction);
      const isTaken = (id: string) => transaction.get('clientCertificate', '', id) !== undefined;
      const certificate: ClientCertificate = {
        clientCertificateId: idFor(tags, 6, isTaken, context),
        ...(description === undefined ? {} : { description }),
        pemEncodedCertificate: made.certificate,
        pemEncodedPrivateKey: made.privateKey,
        createdDate,
        expirationDate,
        ...(tags === undefined ? {} : { tags }),
      };
      transaction.put('clientCertificate', '', certificate.clientCertificateId, certificate);
      return present(certificate);
    });
  }),

  GetClientCertificate: reads<'GetClientCertificate'>(({ clientCertificateId }, view) =>
    present(certificateOf(view, clientCertificateId)),
  ),

  GetClientCertificates: reads<'GetClientCertificates'>((input, view) =>
    page(
      view.list('clientCertificate', ''),
      input,
      ({ clientCertificateId }) => clientCertificateId,
      present,
    ),
  ),

  UpdateClientCertificate: writes<'UpdateClientCertificate'>((input, transaction) => {
    const { clientCertificateId, patchOperations } = input;
    const before = certificateOf(transaction, clientCertificateId);
    const changed = patchDocument(before, patchOperations, patches);
    transaction.put('clientCertificate', '', clientCertificateId, changed);
    return { ...present(changed), tags: changed.tags ?? {} };
  }),

  DeleteClientCertificate: writes<'DeleteClientCertificate'>(({ clientCertificateId }, transaction) => {
    certificateOf(transaction, clientCertificateId);
    const users = transaction.list('restApi', '').flatMap(({ id }) =>
      transaction
        .list('stage', id)
        .filter((stage) => stage.clientCertificateId === clientCertificateId)
        .map(({ stageName }) => `${id}:${stageName}`),
    );
    if (users.length > 0)
      throw badRequest(
        `Cannot delete client certificate '${clientCertificateId}', is referenced in stage: ${users.join(', ')}`,
      );
    transaction.remove('clientCertificate', '', clientCertificateId);
  }),
} satisfies Partial<Handlers>;

const refuseOneMore = (view: View): void =>
  refuseAbove(
    quotas.clientCertificates,
    view.list('clientCertificate', '').length,
    'client certificates',
    'account',
  );

/** @throws NotFoundException `Invalid Client Certificate identifier specified` */
function certificateOf(view: View, id: string): ClientCertificate {
  const certificate = view.get('clientCertificate', '', id);
  if (certificate === undefined) throw notFound('Invalid Client Certificate identifier specified');
  return certificate;
}

const present = ({ pemEncodedPrivateKey: _, ...certificate }: ClientCertificate) => ({
  ...certificate,
  createdDate: epochSeconds(certificate.createdDate),
  expirationDate: epochSeconds(certificate.expirationDate),
});

const patches: PatchTable<ClientCertificate> = {
  rows: [replaces('/description', 'description', (value) => value)],
};
