// A command cannot do what it was asked to; the message is for the person who asked. Exit code 1.

export class CommandError extends Error {
  override readonly name = 'CommandError';
}
