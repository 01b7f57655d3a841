// METHOD REQUEST, body: checked against the model of its Content-Type.

import { mediaTypeOf } from '../../../base/media-type.ts';
import type { Exchange } from '../../../exchange/exchange.ts';
import { type Failure, failures } from '../../../exchange/gateway-response.ts';
import type { Phase } from '../../../exchange/phase.ts';
import type { ModelValidator } from '../../../models/model-validator.ts';

/**
 * Compiles the phase. A Content-Type without a model is not checked, as on AWS; an empty body counts as `{}`.
 * @param models - lower-case content type, or `$default`, -> validator made on first use
 * @see data-plane reference, section 16
 */
export function compileBodyValidation(models: ReadonlyMap<string, () => ModelValidator>): Phase {
  return (exchange) => {
    const contentType = exchange.header('content-type');
    const type = contentType === null ? 'application/json' : mediaTypeOf(contentType);
    const validator = models.get(type) ?? models.get('$default');
    if (validator === undefined) return undefined;
    const text = exchange.bodyText();
    let value: unknown = {};
    if (text.trim() !== '') {
      try {
        value = JSON.parse(text);
      } catch {
        return refuse(exchange, type, ['Unable to parse the request body as JSON']);
      }
    }
    const problems = validator()(value);
    if (problems !== null) return refuse(exchange, type, problems);
    exchange.log?.info(`Request validation succeeded for content type ${type}`);
    return undefined;
  };
}

function refuse(exchange: Exchange, type: string, problems: readonly string[]): Failure {
  exchange.validationError = `[${problems.join(', ')}]`;
  exchange.log?.error(
    `Request body does not match model schema for content type ${type}: ${exchange.validationError}`,
  );
  return failures.badRequestBody;
}
