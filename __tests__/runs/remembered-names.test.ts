// A model that makes up the names of widget components fills neither the log nor the memory.
import type { HookEventInput } from 'chatkit-express';
import { ask, serve } from '../support/core';
import { done } from '../support/items';
import { createThread } from '../support/requests';

const widget = (thread_id: string, id: string, names: string[]): HookEventInput =>
  done({
    type: 'widget',
    id,
    thread_id,
    created_at: '2026-01-02T03:04:05.000Z',
    widget: { type: 'Card', children: names.map((name) => ({ type: name })) },
  } as never);

test('a thousand unknown names are reported once each, and no more of them', async () => {
  const names = Array.from({ length: 1_001 }, (_, index) => `Made${index}`);
  const core = serve({
    async *respond({ thread }) {
      yield widget(thread.id, 'w_1', names.slice(0, 999));
      yield widget(thread.id, 'w_2', names.slice(998));
      yield widget(thread.id, 'w_3', names);
    },
  });
  await ask(core, createThread());
  const reported = core.logger.take('warn').map(({ fields }) => fields['name']);
  expect(reported).toHaveLength(1_000);
  expect(new Set(reported).size).toBe(1_000);
});
