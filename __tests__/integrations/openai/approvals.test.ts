// A call of an MCP server that waits for an approval, in a stream of the Responses API.
import type { HookEventInput } from 'chatkit-express';
import { streamResponse } from 'chatkit-express/openai';
import { turnOf } from '../../support/agents';
import { messageFrames, responseFrames } from '../../support/model-frames';
import { RecordingLogger } from '../../support/recording-logger';

async function read(items: object[]) {
  const logger = new RecordingLogger();
  const turn = { ...(await turnOf()), logger };
  const frames = responseFrames([
    ...items.map((item) => ({ type: 'response.output_item.done', output_index: 0, item })),
    ...messageFrames('Hm'),
  ]);
  async function* stream() {
    for (const frame of frames) if (typeof frame === 'object') yield frame as { type: string };
  }
  const events: HookEventInput[] = [];
  for await (const event of streamResponse(turn, stream())) events.push(event);
  return { events, log: logger.lines };
}

test('it is an error that names the tool, and a warning', async () => {
  const request = { type: 'mcp_approval_request', id: 'mcpr_1', name: 'erase', server_label: 'files', arguments: '{}' };
  const { events, log } = await read([request]);
  expect(events.at(-1)).toMatchObject({ type: 'error', message: expect.stringContaining('"erase"') as string });
  expect(log).toMatchObject([{ level: 'warn', fields: { tools: ['erase'] } }]);
});

test('a call that needs none is not an error', async () => {
  const { events, log } = await read([{ type: 'mcp_call', id: 'mcp_1', name: 'erase', server_label: 'files' }]);
  expect(events.at(-1)).toMatchObject({ type: 'thread.item.done' });
  expect(log).toEqual([]);
});
