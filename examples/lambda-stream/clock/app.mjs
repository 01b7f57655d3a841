// Server-sent events: one a second, as long as the client asks for and stays.

import { setTimeout as sleep } from 'node:timers/promises';

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const seconds = Math.min(Number(event.queryStringParameters?.seconds ?? 10) || 10, 800);
  const everyMs = Number(process.env.EVERY_MS ?? 1000);
  const out = awslambda.HttpResponseStream.from(stream, {
    statusCode: 200,
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
  });
  for (let tick = 1; tick <= seconds; tick++) {
    out.write(`id: ${tick}\ndata: ${JSON.stringify({ tick, at: new Date().toISOString() })}\n\n`);
    await sleep(everyMs);
  }
  out.end();
});
