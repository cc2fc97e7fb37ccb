// A proxy that ends streams cleanly, as if they were complete, between two events.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

export interface EndingProxy {
  origin: string;
  /** How many frames of a stream are passed on before its response is ended. */
  endAfter: number;
  /** The requests so far: a method and a path. */
  requests: string[];
  close(): Promise<void>;
}

/** Starts the proxy. It is closed by the test. */
export async function startEndingProxy(upstream: string): Promise<EndingProxy> {
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    proxy.requests.push(`${method} ${url}`);
    const connection = new AbortController();
    response.on('close', () => connection.abort());
    const pass = async () => {
      const answer = await fetch(upstream + url, {
        method,
        headers: { ...(headers as Record<string, string>), connection: 'close' },
        ...(method !== 'GET' && { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' as const }),
        signal: connection.signal,
      });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
      let rest = '';
      let passed = 0;
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        if (!isStream) {
          response.write(chunk);
          continue;
        }
        const frames = (rest + chunk).split(/(?<=\n\n)/);
        rest = frames.at(-1)!.endsWith('\n\n') ? '' : frames.pop()!;
        for (const frame of frames) {
          if (passed++ >= proxy.endAfter) return;
          response.write(frame);
        }
      }
    };
    void pass()
      .catch(() => undefined)
      .finally(() => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: EndingProxy = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    endAfter: Infinity,
    requests: [],
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return proxy;
}
