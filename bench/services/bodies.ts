// The documents that the benchmarks send and receive; all servers get and give the very same bytes.

const track = (i: number): unknown => ({
  id: i,
  name: `Track ${i}`,
  seconds: 180 + i,
  genre: i % 2 === 0 ? 'Jazz' : 'Soul',
});

/** What the upstream answers: 1 KB. */
export const upstreamBody: string = padded({
  artist: { id: 7, name: 'The Sluice Gates', tracks: [1, 2, 3, 4, 5, 6].map(track) },
});

/** What is posted: 1 KB that the model of `bench.yaml` accepts. */
export const postedBody: string = padded({
  id: 7,
  name: 'Lockkeeper',
  tags: ['water', 'gate'],
  tracks: [1, 2, 3, 4, 5, 6].map(track),
});

/** The same without the `name` that the model requires. */
export const refusedBody: string = padded({
  id: 7,
  tags: ['water', 'gate'],
  tracks: [1, 2, 3, 4, 5, 6].map(track),
});

/** What mock methods answer. */
export const mockBody = '{"status":"ok","service":"sluice","message":"this answer was made at the gateway"}';

/** 20 KB with 200 items, for a template that takes hundreds of microseconds. */
export const largeBody: string = JSON.stringify({
  items: Array.from({ length: 200 }, (_, i) => ({ id: i, name: `Item "${i}"`, note: 'x'.repeat(60) })),
});

function padded(value: object): string {
  const bare = JSON.stringify({ ...value, note: '' });
  return JSON.stringify({ ...value, note: 'x'.repeat(Math.max(0, 1024 - bare.length)) });
}
