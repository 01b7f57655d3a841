import { functionsContract } from '../../contract/functions.ts';
import { overSocket } from './over-socket.ts';

functionsContract({
  name: 'functions over a socket',
  streamMegabytes: 100,
  concurrentCalls: 1_000,
  start: async (t) => {
    const { client } = await overSocket(t);
    return {
      functions: client,
      echo: 'echo',
      failing: 'fail',
      streaming: (bytes) => `stream:${bytes}:32768`,
      unknown: { name: 'refuse', status: 429, type: 'TooManyRequestsException' },
    };
  },
});
