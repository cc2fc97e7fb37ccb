// The choices of `chatkit-express create`: models and stores, with the packages and settings that each needs. The
// versions are those that the tests use. A test compares them with package.json.

/** A choice: a model or a store. */
export interface Choice {
  /** One line for the list of choices. */
  about: string;
  /** The template that the choice selects, without its folder. */
  template: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  /** The settings in .env, as lines of a shell file. */
  settings: string[];
  /** A sentence of README.md. */
  note: string;
}

export const models = {
  echo: {
    about: 'No model and no key: repeats the message.',
    template: 'assistant.ts',
    settings: [],
    note: 'The assistant repeats the message. Replace `answer` with your model.',
  },
  openai: {
    about: 'OpenAI, through the package openai.',
    template: 'assistant-openai.ts',
    dependencies: { openai: '^6.49.0' },
    settings: ['OPENAI_API_KEY='],
    note: 'OpenAI answers once `OPENAI_API_KEY` is set. Until then, the assistant repeats the message.',
  },
  anthropic: {
    about: 'Anthropic, through the package @anthropic-ai/sdk.',
    template: 'assistant-anthropic.ts',
    dependencies: { '@anthropic-ai/sdk': '^1.14.0' },
    settings: ['ANTHROPIC_API_KEY='],
    note: 'Anthropic answers once `ANTHROPIC_API_KEY` is set. Until then, the assistant repeats the message.',
  },
  'ai-sdk': {
    about: 'Any provider of the AI SDK, beginning with OpenAI.',
    template: 'assistant-ai-sdk.ts',
    dependencies: { ai: '^6.0.326', '@ai-sdk/openai': '^3.0.141' },
    settings: ['OPENAI_API_KEY='],
    note: 'The AI SDK answers once `OPENAI_API_KEY` is set. Until then, the assistant repeats the message.',
  },
} satisfies Record<string, Choice>;

const databaseNote = (name: string) =>
  `Threads are kept in ${name} once \`DATABASE_URL\` is set. Until then, they are kept in memory.`;

export const stores = {
  sqlite: {
    about: 'A file, for one server.',
    template: 'store.ts',
    dependencies: { libsql: '^0.5.29' },
    settings: ['# The file of the threads.', '# DATABASE_FILE=chat.sqlite'],
    note: 'Threads are kept in the file `chat.sqlite`, or in the file that `DATABASE_FILE` names.',
  },
  postgres: {
    about: 'PostgreSQL, for any number of servers.',
    template: 'store-postgres.ts',
    dependencies: { pg: '^8.23.1' },
    devDependencies: { '@types/pg': '^8.23.1' },
    settings: ['# Such as postgres://localhost/chat.', 'DATABASE_URL='],
    note: databaseNote('PostgreSQL'),
  },
  mysql: {
    about: 'MySQL or MariaDB.',
    template: 'store-mysql.ts',
    dependencies: { mysql2: '^3.24.6' },
    settings: ['# Such as mysql://root@localhost/chat.', 'DATABASE_URL='],
    note: databaseNote('MySQL or MariaDB'),
  },
  mongodb: {
    about: 'MongoDB.',
    template: 'store-mongodb.ts',
    dependencies: { mongodb: '^6.22.0' },
    settings: ['# Such as mongodb://localhost/chat.', 'DATABASE_URL='],
    note: databaseNote('MongoDB'),
  },
  memory: {
    about: 'Memory: a restart loses everything.',
    template: 'store-memory.ts',
    settings: [],
    note: 'Threads are kept in memory, and a restart loses them.',
  },
} satisfies Record<string, Choice>;

export type ModelName = keyof typeof models;
export type StoreName = keyof typeof stores;

/** The packages of every app. */
export const commonPackages = {
  dependencies: { express: '^5.3.0', tsx: '^4.23.15' },
  devDependencies: { '@types/express': '^5.0.6', '@types/node': '^20.19.43', typescript: '^6.0.3' },
};
