// A client tool: a function that runs in the page (`onClientTool` in page/chatkit-options.js) and sends back its result.
import { AnswerWriter, type ClientToolCallItem, type HookEvents } from 'chatkit-express';
import type { DemoTurn, MessageTurn } from '../demo-turn';
import { say } from '../say';

/** Asks, and ends the stream: the page runs the tool and posts its result, which starts `respond` again. */
export async function* tool(turn: MessageTurn): HookEvents {
  yield* say(turn, 'I ask the page for its title.');
  yield* new AnswerWriter(turn).clientTool({ name: 'get_page_title' });
}

/** Goes on with the result. It comes from the client, so it can be anything. */
export function afterTool(turn: DemoTurn, { output }: ClientToolCallItem): HookEvents {
  const { title } = Object(output) as { title?: unknown };
  if (typeof title === 'string') return say(turn, `The page is called “${title}”.`);
  return say(turn, 'The page did not tell its title.');
}
