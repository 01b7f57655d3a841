export { compileModel, modelProblems } from './compile-model.ts';
export { modelNameOf } from './model-refs.ts';
export { ModelError, type ModelLookup, type ModelValidator } from './model-validator.ts';
export { LinearPattern, PatternCostError, withPatternBudget } from './pattern/linear-pattern.ts';
export { PatternError } from './pattern/parse-pattern.ts';
