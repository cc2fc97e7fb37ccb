import { Command, type CompiledStateGraph } from '@langchain/langgraph';
import type { HookEventInput, HookEvents, RespondTurn } from 'chatkit-express';
import { GraphStreamConverter, resumeOf, streamGraph, toLangChainMessages } from 'chatkit-express/langgraph';

type Turn = RespondTurn<unknown>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any graph
declare const graph: CompiledStateGraph<any, any, any>;

export function checkpointed() {
  // #region checkpointer
  async function* respond(turn: Turn): HookEvents {
    const resumed = await resumeOf(turn);
    const messages = turn.input ? await toLangChainMessages(turn.input, turn) : []; // only the new message
    const threadId = turn.thread.id;
    const stream = graph.stream(resumed ? new Command(resumed) : { messages }, {
      streamMode: ['messages', 'updates', 'custom'],
      configurable: { thread_id: threadId },
      signal: turn.signal,
    });
    yield* streamGraph(turn, stream, { threadId });
  }
  // #endregion
  return respond;
}

export function converted(stream: AsyncIterable<unknown>) {
  // #region converter
  class Converter extends GraphStreamConverter {
    override customToEvents(data: unknown): HookEventInput[] | null {
      const { degrees } = data as { degrees?: number };
      return degrees === undefined ? null : [{ type: 'progress_update', text: `${degrees} °C` }];
    }

    override interruptToRequest(value: unknown) {
      return typeof value === 'string' ? { approval: value } : null; // interrupt('Shall I go on?')
    }
  }

  async function* respond(turn: Turn): HookEvents {
    yield* streamGraph(turn, stream, { converter: new Converter(), nodes: ['writer'] });
  }
  // #endregion
  return respond;
}
