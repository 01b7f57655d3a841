// The services of the management port: the list is the registry. Operations of the first are called by their names,
// those of others by service and name: `CreateStage`, `lambda:CreateFunction`.

import { apigateway } from './apigateway.ts';
import type { V2OperationName, v2Operations } from './apigatewayv2/operations.ts';
import { apigatewayv2 } from './apigatewayv2/service.ts';
import { type Decode, decoderOf } from './decode.ts';
import { iam } from './iam/service.ts';
import { lambda } from './lambda/service.ts';
import type { Operation } from './operation.ts';
import type { operations } from './operations.ts';
import type { Service } from './service.ts';
import type { InputOf } from './shape.ts';
import { sts } from './sts/service.ts';
import { wafv2 } from './wafv2/service.ts';

export const services: readonly Service[] = [apigateway, apigatewayv2, lambda, wafv2, iam, sts];

type Calls = typeof operations & {
  readonly [Name in keyof typeof lambda.operations as `lambda:${Name}`]: (typeof lambda.operations)[Name];
} & {
  readonly [Name in V2OperationName as `apigatewayv2:${Name}`]: (typeof v2Operations)[Name];
} & {
  readonly [Name in keyof typeof wafv2.operations as `wafv2:${Name}`]: (typeof wafv2.operations)[Name];
} & {
  readonly [Name in keyof typeof iam.operations as `iam:${Name}`]: (typeof iam.operations)[Name];
} & {
  readonly [Name in keyof typeof sts.operations as `sts:${Name}`]: (typeof sts.operations)[Name];
};

/** An operation of any service. */
export type CallName = keyof Calls;
/** What its handler is given. */
export type CallInput<Name extends CallName> = InputOf<Calls[Name]['members']>;

export interface KnownCall {
  readonly name: CallName;
  readonly service: Service;
  /** Its name within the service: what clients and the audit log know it by. */
  readonly operationName: string;
  readonly operation: Operation;
  readonly decode: Decode;
}

const calls: ReadonlyMap<string, KnownCall> = new Map(
  services.flatMap((service) =>
    Object.entries(service.operations).map(([operationName, operation]) => {
      const name = (service === apigateway ? operationName : `${service.name}:${operationName}`) as CallName;
      const decode = decoderOf(service, operationName, operation);
      return [name, { name, service, operationName, operation, decode }];
    }),
  ),
);

export const allCalls: readonly KnownCall[] = [...calls.values()];
export const callNamed = (name: CallName): KnownCall => calls.get(name)!;
/** @returns undefined for what is no operation of any service */
export const callOrNone = (name: string): KnownCall | undefined => calls.get(name);
