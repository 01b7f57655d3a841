export * from './limits.ts';
export * from './rest-api.ts';
export * from './stage.ts';
