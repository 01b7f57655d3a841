// Acts of `sluice waf`. AWS's own operations do the rest.

import type { ControlPlane } from '../control-plane.ts';
import { countriesSetting } from '../deployment/published-firewall.ts';
import { notFound } from '../protocol/exceptions.ts';
import { stagesBehind } from '../waf/web-acls.ts';

export interface ListedWebAcl {
  readonly name: string;
  readonly arn: string;
  readonly rules: number;
  readonly capacity: number;
  /** `{api id}/{stage}` */
  readonly stages: readonly string[];
}

export const wafActs = {
  wafList: (_: undefined, { services }: ControlPlane): ListedWebAcl[] => {
    const { view } = services.store;
    return view.list('webAcl', '').map(({ Name, ARN, Rules, Capacity }) => ({
      name: Name,
      arn: ARN,
      rules: Rules.length,
      capacity: Capacity,
      stages: stagesBehind(view, ARN).map(({ apiId, stage }) => `${apiId}/${stage.stageName}`),
    }));
  },

  /** @param name - null: none any more @throws (rejects) NotFoundException */
  wafAssociate: async (
    { name, apiId, stageName }: { name: string | null; apiId: string; stageName: string },
    { services }: ControlPlane,
  ): Promise<void> => {
    await services.store.write((transaction) => {
      const stage = transaction.get('stage', apiId, stageName);
      if (stage === undefined) throw notFound(`There is no stage "${stageName}" of a REST API "${apiId}"`);
      const { webAclArn: _, ...rest } = stage;
      const lastUpdatedDate = services.now();
      if (name === null) {
        transaction.put('stage', apiId, stageName, { ...rest, lastUpdatedDate });
        return;
      }
      const webAcl = transaction.list('webAcl', '').find(({ Name }) => Name === name);
      if (webAcl === undefined) throw notFound(`There is no web ACL "${name}"`);
      transaction.put('stage', apiId, stageName, { ...rest, webAclArn: webAcl.ARN, lastUpdatedDate });
    });
  },

  /** The table of countries is another: when it resolves, the next request is judged by it. */
  wafCountriesChanged: async (_: undefined, control: ControlPlane): Promise<void> => {
    const { store, now } = control.services;
    await store.write((transaction) => transaction.put('setting', '', countriesSetting, { value: now() }));
    await control.publish();
  },
} as const;
