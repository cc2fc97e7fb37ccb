// chatkit-express/playground: the router, and the types of its options.
export type {
  PlaygroundEntity,
  PlaygroundLink,
  PlaygroundModel,
  PlaygroundPageOptions,
  PlaygroundPrompt,
  PlaygroundTool,
  PlaygroundUploads,
} from './config';
export { chatkitPlayground, type PlaygroundOptions } from './router';
