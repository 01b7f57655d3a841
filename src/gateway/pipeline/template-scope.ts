// What a mapping template gets to see of an exchange. Only what the template names is built.

import { templateContext } from '../../exchange/context.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { hiddenFromMappings } from '../../exchange/parameter-reader.ts';
import type { MappingTemplate, TemplateScope } from '../../mapping/template.ts';

type Values = Record<string, string>;
const noValues: Readonly<Values> = Object.freeze(Object.create(null) as Values);

/** @param body - the text behind `$input`; null when there is none */
export function templateScope(exchange: Exchange, template: MappingTemplate, body: string | null): TemplateScope {
  const { uses } = template;
  return {
    input: {
      body,
      path: uses.path ? pathValues(exchange) : noValues,
      querystring: uses.querystring ? queryValues(exchange) : noValues,
      header: uses.headers ? headerValues(exchange) : noValues,
      headerNamesFolded: true,
    },
    context: uses.context ? templateContext(exchange, uses.contextKeys) : {},
    stageVariables: exchange.route.stageVariables,
  };
}

function pathValues(exchange: Exchange): Values {
  const values: Values = Object.create(null);
  const names = exchange.route.pathParameterNames;
  for (let i = 0; i < names.length; i++) values[names[i]!] = exchange.pathValues[i] ?? '';
  return values;
}

/** The last value of each name wins. */
function queryValues(exchange: Exchange): Values {
  const values: Values = Object.create(null);
  const query = exchange.query();
  for (let i = 0; i < query.names.length; i++) values[query.names[i]!] = query.values[i]!;
  return values;
}

/** The client's fields and those that AWS's front adds; the last value of each name wins. */
function headerValues(exchange: Exchange): Values {
  const values: Values = Object.create(null);
  const headers = exchange.headers;
  for (let i = 0; i < headers.length; i += 2) {
    if (!hiddenFromMappings.has(headers[i]!)) values[headers[i]!] = headers[i + 1]!;
  }
  const { downstream } = exchange;
  const forwarded = values['x-forwarded-for'];
  values['x-forwarded-for'] = forwarded === undefined ? exchange.sourceIp() : `${forwarded}, ${exchange.sourceIp()}`;
  values['x-forwarded-port'] = String(downstream.localPort);
  values['x-forwarded-proto'] = downstream.tls ? 'https' : 'http';
  values['x-amzn-trace-id'] = exchange.traceId();
  return values;
}
