// A proxy whose network fails: it cuts connections, or drops the bytes of both directions.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface FaultyProxy {
  port: number;
  /** Drops every byte, and opens no connection, while it is true. */
  isDropping: boolean;
  /** How many bytes of a response are passed on before its connection is cut. */
  cutAfter: number;
  /** Cuts all connections. */
  cut(): void;
  /** The number of connections so far. */
  connections: number;
  close(): Promise<void>;
}

/** Starts the proxy. It is closed by the test. */
export async function startFaultyProxy(upstreamPort: number): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    proxy.connections++;
    keep(client);
    const upstream = keep(connect(upstreamPort, '127.0.0.1'));
    let passed = 0;
    client.on('data', (chunk: Buffer) => {
      if (!proxy.isDropping) upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (proxy.isDropping) return;
      client.write(chunk.subarray(0, Math.max(0, proxy.cutAfter - passed)));
      passed += chunk.length;
      if (passed < proxy.cutAfter) return;
      upstream.destroy();
      client.end();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => {
      if (!proxy.isDropping) client.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultyProxy = {
    port: (server.address() as { port: number }).port,
    isDropping: false,
    cutAfter: Infinity,
    connections: 0,
    cut: () => sockets.forEach((socket) => void socket.destroy()),
    async close() {
      proxy.cut();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
