export * from './account.ts';
export * from './http-methods.ts';
export * from './limits.ts';
export * from './rest-api.ts';
export * from './stage.ts';
export * from './test-invocation.ts';
