// Versions: `$LATEST` frozen.

import { reads, writes } from '../api/handler.ts';
import { invalidParameter } from '../protocol/lambda/exceptions.ts';
import type { LambdaHandlers } from './functions.ts';
import { checkRevision, functionOf, referenceOf } from './lookup.ts';
import { markedPage } from './marker.ts';
import { presentConfiguration } from './present.ts';
import { notSupported } from './settings.ts';
import { publishVersion } from './write-function.ts';

export const versions = {
  'lambda:PublishVersion': writes<'lambda:PublishVersion'>((input, transaction, { account }) => {
    if (input.PublishTo !== undefined) throw notSupported('PublishTo');
    const latest = functionOf(transaction, referenceOf(input, account), account);
    checkRevision(input.RevisionId, latest.revisionId, 'GetFunction/GetFunctionConfiguration');
    const { CodeSha256: wanted } = input;
    if (wanted !== undefined && wanted !== '' && wanted !== latest.codeSha256)
      throw invalidParameter(
        `CodeSHA256 (${wanted}) is different from current CodeSHA256 in $LATEST (${latest.codeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    const version = publishVersion(transaction, latest, input.Description);
    return presentConfiguration(version, account, version.version);
  }),

  'lambda:ListVersionsByFunction': reads<'lambda:ListVersionsByFunction'>((input, view, { account }) => {
    const latest = functionOf(view, referenceOf(input, account), account);
    const all = [latest, ...view.list('functionVersion', latest.functionName)];
    const { items, next } = markedPage(all, input, ({ version }) => version);
    return {
      Versions: items.map((one) => presentConfiguration(one, account, one.version)),
      NextMarker: next,
    };
  }),
} satisfies Partial<LambdaHandlers>;
