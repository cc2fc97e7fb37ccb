// What the supported versions of `ai` give and take fits the structural types, as the compiler sees it.
import type { ModelMessage, streamText, TextStreamPart, ToolSet } from 'ai';
import type {
  ModelMessage as ModelMessage5,
  streamText as streamText5,
  TextStreamPart as TextStreamPart5,
  ToolSet as ToolSet5,
} from 'ai5';
import type {
  ModelMessage as ModelMessage7,
  streamText as streamText7,
  TextStreamPart as TextStreamPart7,
  ToolSet as ToolSet7,
} from 'ai7';
import * as aiSdk from 'chatkit-express/ai-sdk';
import type { AiMessage, StreamTextResultOptions, TextResultLike } from 'chatkit-express/ai-sdk';
import { type PartType, partTypes, readPart } from '../../../src/integrations/ai-sdk/parts';

type Fits<Given extends Wanted, Wanted> = Given;
/** Fails where a type is missing. */
type None<Missing extends never> = Missing;

type Type5 = TextStreamPart5<ToolSet5>['type'];
type Type6 = TextStreamPart<ToolSet>['type'];
type Type7 = TextStreamPart7<ToolSet7>['type'];

// Each line is an error where the types do not fit.
export type Checks = [
  None<Exclude<Type5, PartType>>,
  None<Exclude<Type6, PartType>>,
  None<Exclude<Type7, PartType>>,
  None<Exclude<PartType, Type5 | Type6 | Type7>>,
  Fits<ReturnType<typeof streamText5>, TextResultLike>,
  Fits<ReturnType<typeof streamText>, TextResultLike>,
  Fits<ReturnType<typeof streamText7>, TextResultLike>,
  Fits<AiMessage, ModelMessage5>,
  Fits<AiMessage, ModelMessage>,
  Fits<AiMessage, ModelMessage7>,
  Fits<ToolSet5, NonNullable<StreamTextResultOptions['tools']>>,
  Fits<ToolSet, NonNullable<StreamTextResultOptions['tools']>>,
  Fits<ToolSet7, NonNullable<StreamTextResultOptions['tools']>>,
];

test('every type of part is read or ignored, and no other is known', () => {
  for (const [type, kind] of Object.entries(partTypes)) expect(readPart({ type })).toMatchObject({ kind });
  expect(readPart({ type: 'hologram' })).toEqual({ kind: 'unknown', type: 'hologram' });
  expect(readPart({ type: 'toString' })).toEqual({ kind: 'unknown', type: 'toString' });
});

test('the entry loads nothing of the SDK', () => {
  expect(Object.keys(aiSdk).sort()).toEqual([
    'ModelError',
    'TextStreamConverter',
    'ThreadItemConverter',
    'recentItems',
    'streamTextResult',
    'titleThread',
    'toModelMessages',
    'transcribeWith',
  ]);
  const loaded = Object.keys(require.cache).filter((file) => /node_modules\/(@ai-sdk|ai[57]?)\//.test(file));
  expect(loaded).toEqual([]);
});
