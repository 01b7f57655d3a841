// What one validation may cost. Branches that both recurse (`oneOf` of two schemas that contain `#` each) take time
// that doubles with each level of the body, so evaluations of referenced schemas are counted.

/** Evaluations that every body may cost; about 50 ms. */
const stepsFree = 200_000;
/** A large body may cost this many for each of its values. */
const stepsPerValue = 2;

/** A validation gave up: the body needs more work than one request may cost. */
export class ValidationCostError extends RangeError {
  override readonly name = 'ValidationCostError';
}

let stepsLeft = 0;
let current: unknown;
let wasExtended = false;

/** Runs `work`, which validates `value`, with one budget. */
export function withStepBudget<T>(value: unknown, work: () => T): T {
  stepsLeft = stepsFree;
  current = value;
  wasExtended = false;
  try {
    return work();
  } finally {
    current = undefined;
  }
}

/** Counts one evaluation. @throws ValidationCostError when the budget is used up */
export function spendStep(): true {
  if (--stepsLeft < 0) extend();
  return true;
}

// The values of a body are counted only when the free steps did not do: most bodies are small.
function extend(): void {
  if (wasExtended) throw new ValidationCostError('the model needs too much work for this body');
  wasExtended = true;
  stepsLeft = valuesIn(current) * stepsPerValue - stepsFree;
  if (stepsLeft < 0) throw new ValidationCostError('the model needs too much work for this body');
}

function valuesIn(value: unknown): number {
  const waiting: unknown[] = [value];
  let count = 0;
  while (waiting.length > 0) {
    const one = waiting.pop();
    count++;
    if (typeof one !== 'object' || one === null) continue;
    for (const member of Object.values(one)) waiting.push(member);
  }
  return count;
}
