// What other rooms use of the firewall.

export { readRange } from './address-set.ts';
export type { FirewallTools, References } from './compile-context.ts';
export { capacityMax, checkRuleGroup, compileWebAcl } from './compile-web-acl.ts';
export { countriesPath, openCountries, parseCountries } from './countries.ts';
export { FirewallError, type FirewallField, reasons } from './firewall-error.ts';
export { arnsIn, Firewalls, processTools, textsNamed } from './firewalls.ts';
export { loadInjection } from './injection.ts';
export { type Counters, RateBudget } from './rate-keys.ts';
export { compileRegex } from './regex.ts';
