export { remainingOn, usageDaysKept } from './key-use.ts';
export { type Usage, UsageBook } from './usage-book.ts';
