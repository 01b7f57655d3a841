// The service behind the pet store example: pets in memory, and two artists. Run it with PORT=8081.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

interface Pet {
  readonly id: number;
  readonly name: string;
  readonly species: string;
  readonly age?: number;
}

const pets = new Map<number, Pet>([
  [1, { id: 1, name: 'Mia', species: 'cat', age: 3 }],
  [2, { id: 2, name: 'Rex', species: 'dog', age: 5 }],
]);
let lastId = pets.size;

const artists: Readonly<Record<string, object>> = {
  '7': { id: '7', name: 'Nina Simone', genre: ['jazz', 'soul'], active: { from: 1954, to: 1999 } },
  '8': { id: '8', name: 'Kraftwerk', genre: ['electronic'], active: { from: 1970 } },
};

const bodyBytesMax = 1024 * 1024;

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    answer(response, 400, { message: error instanceof Error ? error.message : String(error) });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://service');
  const [collection, id, ...rest] = url.pathname.split('/').filter((part) => part !== '');
  if (rest.length > 0) return answer(response, 404, { message: 'Not found' });
  if (collection === 'artists' && request.method === 'GET') {
    const artist = artists[id ?? ''];
    return answer(response, artist ? 200 : 404, artist ?? { message: 'Not found' });
  }
  if (collection !== 'pets') return answer(response, 404, { message: 'Not found' });
  return id === undefined ? handlePets(request, response, url) : handlePet(request, response, Number(id));
}

async function handlePets(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  if (request.method === 'GET') {
    const species = url.searchParams.get('species');
    const found = [...pets.values()].filter((pet) => species === null || pet.species === species);
    response.setHeader('X-Total-Count', found.length);
    return answer(response, 200, found);
  }
  if (request.method !== 'POST') return answer(response, 405, { message: 'Method not allowed' });
  const pet = { ...(await readJson(request)), id: ++lastId } as Pet;
  pets.set(pet.id, pet);
  response.setHeader('Location', `/pets/${pet.id}`);
  return answer(response, 201, pet);
}

async function handlePet(request: IncomingMessage, response: ServerResponse, id: number): Promise<void> {
  const pet = pets.get(id);
  if (pet === undefined) return answer(response, 404, { message: 'Not found' });
  switch (request.method) {
    case 'GET':
      return answer(response, 200, pet);
    case 'PUT': {
      const changed = { ...pet, ...(await readJson(request)), id };
      pets.set(id, changed);
      return answer(response, 200, changed);
    }
    case 'DELETE':
      pets.delete(id);
      return answer(response, 204);
    default:
      return answer(response, 405, { message: 'Method not allowed' });
  }
}

async function readJson(request: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new Error('The body is too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as object;
}

function answer(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, body === undefined ? {} : { 'Content-Type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

server.listen(Number(process.env.PORT ?? 8081), '127.0.0.1', () => {
  const address = server.address();
  console.log(`pet service ready on 127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});
