// A small SOAP 1.1 service for the example: converts Celsius to Fahrenheit. Run it with PORT=8082.

import { createServer, type ServerResponse } from 'node:http';

const bodyBytesMax = 64 * 1024;

const server = createServer(async (request, response) => {
  let xml = '';
  for await (const chunk of request.setEncoding('utf8')) {
    xml += chunk;
    if (xml.length > bodyBytesMax) return fault(response, 'The message is too large');
  }
  const isSoap = request.headers['content-type']?.startsWith('text/xml') && xml.includes('<soap:Envelope');
  const celsius = /<Celsius>\s*(-?\d+(?:\.\d+)?)\s*<\/Celsius>/.exec(xml);
  if (request.method !== 'POST' || !isSoap || celsius === null)
    return fault(response, 'Not a ToFahrenheit message');
  const fahrenheit = Math.round((Number(celsius[1]) * 1.8 + 32) * 100) / 100;
  const result = `<ToFahrenheitResponse xmlns="http://example.com/temperature"><Fahrenheit>${fahrenheit}</Fahrenheit></ToFahrenheitResponse>`;
  return answer(response, 200, result);
});

const fault = (response: ServerResponse, text: string) =>
  answer(
    response,
    500,
    `<soap:Fault><faultcode>soap:Client</faultcode><faultstring>${text}</faultstring></soap:Fault>`,
  );

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'text/xml; charset=utf-8' });
  response.end(
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>${body}</soap:Body></soap:Envelope>`,
  );
}

server.listen(Number(process.env.PORT ?? 8082), '127.0.0.1', () => {
  const address = server.address();
  console.log(`soap service ready on 127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});
