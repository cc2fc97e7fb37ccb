// app/chatkit/[[...path]]/route.ts
const upstream = process.env['CHATKIT_URL'] ?? 'http://localhost:3000/chatkit';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic'; // responses are not cached

/** Headers that describe a single connection. */
const ofConnection = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
];

function without(headers: Headers, names: string[]): Headers {
  const rest = new Headers(headers);
  for (const name of names) rest.delete(name);
  return rest;
}

async function forward(request: Request): Promise<Response> {
  const { pathname, search, host, protocol } = new URL(request.url);
  const headers = without(request.headers, ofConnection);
  headers.set('accept-encoding', 'identity'); // compression would buffer the stream
  headers.set('x-forwarded-host', host);
  headers.set('x-forwarded-proto', protocol.slice(0, -1));
  try {
    const answer = await fetch(`${upstream}${pathname.slice('/chatkit'.length)}${search}`, {
      method: request.method,
      headers,
      body: request.body, // a stream, so that an upload is not buffered in memory
      duplex: 'half',
      redirect: 'manual',
      signal: request.signal, // stops the model when the user presses Stop or leaves
    });
    // Pass the body on as a stream. Calling text() or json() here would delay the first word until the last.
    return new Response(answer.body, {
      status: answer.status,
      headers: without(answer.headers, [...ofConnection, 'content-encoding']), // fetch has decompressed the body
    });
  } catch (error) {
    if (!request.signal.aborted) console.error('The ChatKit server cannot be reached', error);
    return Response.json({ message: 'The chat cannot be reached just now.' }, { status: 502 });
  }
}

export { forward as DELETE, forward as GET, forward as HEAD, forward as OPTIONS, forward as POST, forward as PUT };
