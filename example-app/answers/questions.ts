// Structured input: questions with fields for the answers. The page shows them instead of the composer.
import { type HookEvents, newItem, type StructuredInputItem } from 'chatkit-express';
import type { DemoTurn, MessageTurn } from '../demo-turn';
import { say } from '../say';

/** Asks the questions and ends the stream. The answers of the user call `respond` again. */
export async function* questions(turn: MessageTurn): HookEvents {
  yield* say(turn, 'Three questions about your trip. You can skip them.');
  yield {
    type: 'thread.item.done',
    item: {
      ...newItem(turn, 'structured_input'),
      inputs: [
        {
          type: 'multiple_choice',
          id: 'season',
          question: 'When do you travel?',
          options: [{ value: 'Spring' }, { value: 'Summer' }, { value: 'Autumn' }, { value: 'Winter' }],
        },
        {
          type: 'multiple_choice',
          id: 'interests',
          question: 'What do you like?',
          multiple: true,
          options: [{ value: 'Mountains' }, { value: 'Museums' }, { value: 'Food' }],
        },
        { type: 'freeform', id: 'wishes', question: 'Anything else?', description: 'In your own words' },
      ],
    },
  };
}

/** Continues with the answers, which the server has checked and added to the item's `inputs`. */
export function afterQuestions(turn: DemoTurn, item: StructuredInputItem): HookEvents {
  if (item.status === 'skipped') return say(turn, 'You skipped the questions. No harm done.');
  const answers = item.inputs.map(({ question, answer }) => {
    const given = !answer || answer.skipped ? '*skipped*' : answer.values.join(', ');
    return `- ${question} ${given}`;
  });
  return say(turn, `Thank you. I noted:\n\n${answers.join('\n')}`);
}
