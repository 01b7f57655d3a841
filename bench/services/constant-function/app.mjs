// The function of the benchmarks: a constant, as a small API would answer.

const answer = {
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: '{"hello":"world"}',
};

export const handler = async () => answer;
