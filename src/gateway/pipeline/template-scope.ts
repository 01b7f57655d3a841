// What a mapping template gets to see of an exchange. Only what the template names is built.

import { templateContext } from '../../exchange/context.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { frontFields, hiddenFromMappings } from '../../exchange/visible-headers.ts';
import type { MappingTemplate, TemplateInput, TemplateScope } from '../../mapping/index.ts';

type Values = Record<string, string>;
const noContext: Record<string, unknown> = Object.freeze({});

/** @param body - the text behind `$input`; null when there is none */
export function templateScope(
  exchange: Exchange,
  template: MappingTemplate,
  body: string | null,
): TemplateScope {
  const { uses } = template;
  return {
    input: new ExchangeInput(exchange, body),
    context: uses.context ? templateContext(exchange, uses.contextKeys) : noContext,
    stageVariables: exchange.route.stageVariables,
  };
}

/** `$input.params`, each of its three maps built when it is first asked for: most templates ask for one name. */
class ExchangeInput implements TemplateInput {
  readonly body: string | null;
  readonly headerNamesFolded = true;
  readonly #exchange: Exchange;
  #path: Values | null;
  #querystring: Values | null;
  #header: Values | null;

  constructor(exchange: Exchange, body: string | null) {
    this.body = body;
    this.#exchange = exchange;
    this.#path = null;
    this.#querystring = null;
    this.#header = null;
  }

  get path(): Values {
    this.#path ??= pathValues(this.#exchange);
    return this.#path;
  }

  get querystring(): Values {
    this.#querystring ??= queryValues(this.#exchange);
    return this.#querystring;
  }

  get header(): Values {
    this.#header ??= headerValues(this.#exchange);
    return this.#header;
  }
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
  for (const [name, read] of frontFields) values[name] = read(exchange);
  return values;
}
