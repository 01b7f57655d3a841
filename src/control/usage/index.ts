export { remainingOn } from './key-use.ts';
export { type Usage, UsageBook } from './usage-book.ts';
