// The assistant: the hooks that app.ts gives to chatkitMiddleware. It looks for a keyword and lets answers/ do the rest.
import { type Audio, type FeedbackKind, type HookEvents, type RespondTurn, titleFrom } from 'chatkit-express';
import type { UserMessageItem } from 'chatkit-express';
import { answers } from './answers';
import { afterTool } from './answers/client-tool';
import { files } from './answers/files';
import { afterQuestions } from './answers/questions';
import type { DemoContext } from './demo-turn';
import { say, textOf } from './say';

export { actions } from './actions';

/** Answers a message of the user; or, when `input` is null, goes on after a client tool or a structured input. */
export function respond(turn: RespondTurn<DemoContext>): HookEvents {
  const { thread, input } = turn;
  if (!input) return goOn(turn);
  const text = textOf(input);
  thread.title ??= titleFrom(text, 60) ?? 'A thread without words'; // saved, and sent as `thread.updated`

  // A tool picked in the composer counts as its keyword. Else the first keyword in the message wins.
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  for (const word of [input.inference_options.tool_choice?.id, ...words]) {
    if (word === 'help') return say(turn, help);
    const found = answers.find(({ keyword }) => keyword === word);
    if (found) return found.answer({ ...turn, input });
  }
  if (input.attachments.length > 0) return files({ ...turn, input });
  return say(turn, echo(text, input));
}

const list = answers.map(({ keyword, about }) => `- \`${keyword}\`: ${about}`).join('\n');
const help = `I answer by keyword. Write one of these:\n\n${list}`;

function echo(text: string, { quoted_text, inference_options: { model } }: UserMessageItem): string {
  const said = [text === '' ? 'You said nothing' : `You said: “${text}”`];
  if (quoted_text) said.push(`You quoted: “${quoted_text}”`); // it is '' when nothing is quoted
  if (model) said.push(`You picked the model **${model}**, though this assistant has none`);
  return `${said.join('. ')}.\n\n${help}`;
}

/** Goes on after what the client completed. */
function goOn(turn: RespondTurn<DemoContext>): HookEvents {
  const { completed } = turn;
  if (completed?.type === 'client_tool_call') return afterTool(turn, completed);
  if (completed?.type === 'structured_input') return afterQuestions(turn, completed);
  return say(turn, 'I forgot what I was waiting for.');
}

/** A thumb up or down. */
export function addFeedback({ threadId, itemIds, kind }: { threadId: string; itemIds: string[]; kind: FeedbackKind }) {
  console.log(`feedback: ${kind} for ${itemIds.join(', ')} in ${threadId}`);
}

/** Dictation. A real one gives the recording to a speech model. */
export function transcribe({ audio }: { audio: Audio }) {
  return { text: `I heard ${audio.data.length} bytes of ${audio.mediaType}.` };
}
