// The options of the playground: prompts, models, tools and entities of this example.
import type { PlaygroundOptions } from 'chatkit-express/playground';
import type { publicPart } from './models/provider';

const people = ['Ada Lovelace', 'Grace Hopper', 'Linus Torvalds'];

const toolsToPick: PlaygroundOptions['tools'] = [
  { id: 'sources', label: 'Look it up', icon: 'search', placeholder: 'What shall I look up?' },
  { id: 'image', label: 'Draw', icon: 'images', placeholder: 'What shall I draw?' },
];

const madeUpModels: PlaygroundOptions['models'] = [
  { id: 'swift', label: 'Swift', description: 'Answers at once', default: true },
  { id: 'thorough', label: 'Thorough', description: 'Thinks first, or says so' },
];

/** @param assistant The models that answer, none when the assistant answers by keyword only; and whether tools can be picked. */
export const playgroundOptions = ({ models, tools }: ReturnType<typeof publicPart>): PlaygroundOptions => ({
  url: '/chatkit',
  title: 'chatkit-express',
  greeting: 'What shall the demo show?',
  prompts: [
    { label: 'Stream some text, and press Stop', prompt: 'stream', icon: 'write' },
    { label: 'Show a card with buttons', prompt: 'widget', icon: 'cube' },
    { label: 'Let me fill in a form', prompt: 'form', icon: 'square-text' },
    { label: 'Look at a file of mine', prompt: 'What do you make of this file?', icon: 'document', attach: true },
    { label: 'Fail, so that I can retry', prompt: 'error', icon: 'bug' },
    { label: 'Work in steps', prompt: 'workflow', icon: 'batch' },
    { label: 'Draw a chart', prompt: 'chart', icon: 'chart' },
    { label: 'Ask me some questions', prompt: 'questions', icon: 'circle-question' },
    { label: 'Name your sources', prompt: 'sources', icon: 'book-open' },
    { label: 'Let me edit a draft', prompt: 'draft', icon: 'mail' },
    { label: 'Draw a picture', prompt: 'image', icon: 'images' },
    { label: 'Tell me all you can do', prompt: 'help', icon: 'sparkle' },
  ],
  models: models.length > 0 ? models.map((id, index) => ({ id, label: id, default: index === 0 })) : madeUpModels,
  tools: tools ? toolsToPick : [],
  entities: people.map((title) => ({
    id: `person_${title.split(' ', 1).join('').toLowerCase()}`,
    title,
    group: 'People',
    icon: 'user',
    interactive: true,
  })),
  clientTools: { get_page_title: { title: 'The playground' } },
  links: [{ label: 'Official element', href: '/official/' }],
  uploads: { maxBytes: 20 * 1024 * 1024 },
});
