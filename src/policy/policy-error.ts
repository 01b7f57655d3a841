// A policy document that cannot be used; the message says where and why.

export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
