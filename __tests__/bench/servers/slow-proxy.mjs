// A TCP proxy that adds latency: each direction is delayed by half of it.
import net from 'node:net';
import { config, report } from './report.mjs';

const delay = config.latency / 2;

/**
 * Passes bytes on after the delay, in order. A timer of Node is exact to a millisecond only, so the rest of the time is
 * spent in ticks of the event loop.
 */
function pass(from, to) {
  const waiting = [];
  let isWaiting = false;
  const send = () => {
    while (waiting.length > 0 && performance.now() >= waiting[0].due) to.write(waiting.shift().bytes);
    if (waiting.length === 0) return void (isWaiting = false);
    const left = waiting[0].due - performance.now();
    if (left > 2) setTimeout(send, left - 1.5);
    else setImmediate(send);
  };
  from.on('data', (bytes) => {
    waiting.push({ bytes, due: performance.now() + delay });
    if (!isWaiting) setImmediate(send);
    isWaiting = true;
  });
  from.on('error', () => undefined).on('close', () => to.destroy());
}

const server = net.createServer({ noDelay: true }, (client) => {
  const database = net.connect({ port: config.to, host: '127.0.0.1', noDelay: true });
  pass(client, database);
  pass(database, client);
});
await report(server);
