import { Agent, run, tool } from '@openai/agents';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { AgentContext, streamAgentResponse } from 'chatkit-express/agents';
import express from 'express';
import { z } from 'zod';

/** Runs here, and shows the user a widget. */
const showWeather = tool({
  name: 'show_weather',
  description: 'Shows the user the weather of a place.',
  parameters: z.object({ place: z.string() }),
  async execute({ place }, runContext) {
    const chat = AgentContext.of(runContext);
    await chat.progress(`Asking the weather station of ${place}`);
    const weather = 'Sunny, 12 °C'; // ask a weather service here
    await chat.streamWidget({
      type: 'Card',
      children: [
        { type: 'Title', value: place },
        { type: 'Text', value: weather },
      ],
    });
    return `${weather}. The user sees it.`;
  },
});

/** Runs in the page: its `onClientTool` answers. */
const getPlace = tool({
  name: 'get_place',
  description: 'Finds out where the user is.',
  parameters: z.object({}),
  execute(_input, runContext) {
    AgentContext.of(runContext).callClientTool('get_place');
    return 'The page is asked.';
  },
});

const agent = new Agent<AgentContext>({
  name: 'Assistant',
  instructions: 'You help with the weather. Ask for the place only when nobody has told you.',
  tools: [showWeather, getPlace],
  toolUseBehavior: { stopAtToolNames: ['get_place'] },
  modelSettings: { parallelToolCalls: false },
});

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    const chat = new AgentContext(turn);
    yield* streamAgentResponse(chat, (input) =>
      run(agent, input, { context: chat, stream: true, signal: turn.signal }),
    );
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.listen(3000);
