export { forgetUsage, remainingOn, usageDaysKept, usageOn, usagesOn } from './key-use.ts';
export { type Usage, UsageBook } from './usage-book.ts';
