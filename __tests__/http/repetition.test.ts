// Repeated posts over HTTP: what the headers of a request say about it.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { start } from './endpoint';
import { framesOf } from './frames';
import { done } from './hooks';
import { post } from './raw-client';
import { createThread } from '../support/requests';
import { Gate } from '../support/gate';

it.each([['idempotency-key'], ['chatkit-frame-instance-id']])(
  'a post whose client left before the head of its answer is taken over by the next with the same %s',
  async (header) => {
    const [asked, stored] = [new Gate(), new Gate()];
    let calls = 0;
    const endpoint = await start({
      async *respond({ thread }) {
        calls++;
        yield done('Hi', 'msg_1', thread);
      },
    });
    const sockets: Socket[] = [];
    endpoint.server.on('connection', (socket: Socket) => sockets.push(socket));
    const create = endpoint.store.createThread.bind(endpoint.store);
    jest.spyOn(endpoint.store, 'createThread').mockImplementation(async (...args) => {
      asked.open();
      await stored.passed;
      await create(...args);
    });
    const headers = { [header]: 'abc' };
    const first = await post(endpoint, createThread(), headers);
    await asked.passed;
    const [socket] = sockets;
    first.socket.destroy(); // the proxy has given up
    await once(socket!, 'close');
    const second = await post(endpoint, createThread(), headers);
    stored.open();
    const { body } = await second.response();
    const [created, ...events] = framesOf(body);
    expect(created).toMatchObject({ type: 'thread.created' });
    expect(events.at(-1)).toMatchObject({ type: 'thread.item.done', item: { id: 'msg_1' } });
    expect(calls).toBe(1);
    const threads = await endpoint.store.loadThreads({ limit: 9, after: null, order: 'asc' }, {});
    expect(threads.data).toHaveLength(2); // with the one that every endpoint starts with
  },
);
