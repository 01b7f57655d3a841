// The host's side of the socket, and the host as its process runs it.

export { type FunctionsServer, serveFunctions } from './functions-server.ts';
