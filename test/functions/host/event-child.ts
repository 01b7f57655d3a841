// A function host in a process of its own that is killed: its first function says at each run that it began, and never
// ends. Every line of standard output is the request id of an event that was accepted, or `run` of one that runs.

import { createFunctionHost } from '../../../src/functions/host/index.ts';
import { accountId, FakeEnvironments, functionOf, invocationOf, region } from './fake-world.ts';

const [eventsFile, count] = process.argv.slice(2);
const environments = new FakeEnvironments();
environments.onRun = (_, { requestId }) => console.log(`run ${requestId}`);
const host = createFunctionHost({ environments, eventsFile: eventsFile!, log: () => {} });
host.adopt({ functions: [functionOf('hello', { reservedConcurrency: 3 })], accountId, region });
for (let i = 0; i < Number(count); i++) {
  host.invoke(invocationOf('hello', { type: 'Event', payload: `{"i":${i}}` }), {
    onHead: () => {},
    onData: () => true,
    onEnd: (result) => console.log(result.outcome === 'done' ? result.requestId : result.outcome),
  });
}
// Held open until it is killed.
setInterval(() => {}, 60_000);
