export * from './account.ts';
export * from './backends.ts';
export * from './function.ts';
export * from './http-methods.ts';
export * from './limits.ts';
export * from './rest-api.ts';
export * from './stage.ts';
export * from './test-invocation.ts';
