import { ChatOpenAI } from '@langchain/openai';
import { tool } from '@langchain/core/tools';
import { Command, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { streamGraph } from 'chatkit-express/langgraph';
import express from 'express';
import { z } from 'zod';

const tools = [
  /** Runs here, once the user has approved it. */
  tool(
    async ({ path }) => {
      const approved: boolean = interrupt({ approval: `Delete ${path}?` });
      return approved ? `${path} is deleted.` : 'The user does not want that.'; // delete the file here
    },
    { name: 'delete_file', description: 'Deletes a file.', schema: z.object({ path: z.string() }) },
  ),
  /** Runs in the page: its `onClientTool` answers. */
  tool(async ({ theme }) => JSON.stringify(interrupt({ tool: 'switch_theme', arguments: { theme } })), {
    name: 'switch_theme',
    description: 'Switches the page between the light and the dark theme.',
    schema: z.object({ theme: z.enum(['light', 'dark']) }),
  }),
];
const model = new ChatOpenAI({ model: 'gpt-4.1-mini' }).bindTools(tools, { parallel_tool_calls: false });

const graph = new StateGraph(MessagesAnnotation)
  .addNode('model', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
  .addNode('tools', new ToolNode(tools))
  .addEdge(START, 'model')
  .addConditionalEdges('model', toolsCondition)
  .addEdge('tools', 'model')
  .compile({ checkpointer: new MemorySaver() }); // a checkpointer of a database, for several processes

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    yield* streamGraph(turn, ({ messages, resume, threadId }) =>
      graph.stream(resume ? new Command(resume) : { messages }, {
        streamMode: ['messages', 'updates', 'custom'],
        configurable: { thread_id: threadId },
        signal: turn.signal,
      }),
    );
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.listen(3000);
