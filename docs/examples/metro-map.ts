import { Agent, run, tool } from '@openai/agents';
import {
  chatkitMiddleware,
  defineAction,
  hiddenContext,
  MemoryStore,
  replaceWidget,
  streamAnswer,
  type UserMessageTag,
  WidgetTemplate,
} from 'chatkit-express';
import {
  AgentContext,
  recentItems,
  streamAgentResponse,
  ThreadItemConverter,
  toAgentInput,
} from 'chatkit-express/agents';
import { titleThread } from 'chatkit-express/openai';
import express from 'express';
import OpenAI from 'openai';
import { z } from 'zod';

// The map. Use a database in its place.
interface Station {
  id: string;
  name: string;
  about: string;
}
const stations: Station[] = [
  { id: 'harbour', name: 'Harbour', about: 'Ferries and fish.' },
  { id: 'market', name: 'Market', about: 'Where the lines meet.' },
  { id: 'hill', name: 'Hill', about: 'The best view.' },
];
const lines = [
  { id: 'red', name: 'Red Line', color: '#d33', stations: ['harbour', 'market'] },
  { id: 'blue', name: 'Blue Line', color: '#36c', stations: ['market', 'hill'] },
];
const stationOf = (id: string) => stations.find((station) => station.id === id);

const lineList = WidgetTemplate.fromFile('metro-lines.widget', { from: import.meta.url });

/** Says a tagged station in full, so that the model need not look it up. The page's data is not to be trusted. */
class MetroConverter extends ThreadItemConverter {
  override tagToContent(tag: UserMessageTag) {
    const station = stationOf(tag.id);
    const text = station ? JSON.stringify(station) : `There is no station ${tag.text}.`;
    return { type: 'input_text' as const, text: `<STATION>${text}</STATION>` };
  }
}

const getMap = tool({
  name: 'get_map',
  description: 'Returns all lines and stations.',
  parameters: z.object({}),
  async execute(_input, runContext) {
    await AgentContext.of(runContext).progress('Reading the map');
    return { lines, stations };
  },
});

const chooseLine = tool({
  name: 'choose_line',
  description: 'Lets the user choose a line before a station is added.',
  parameters: z.object({ question: z.string() }),
  async execute({ question }, runContext) {
    const chat = AgentContext.of(runContext);
    for await (const event of streamAnswer(chat, question)) await chat.stream(event);
    await chat.streamWidget(lineList.build({ lines }));
    return 'The user sees the lines.';
  },
});

/** Shows a message whose stations the user can click. */
const showRoute = tool({
  name: 'show_route',
  description: 'Shows the user a route.',
  parameters: z.object({ text: z.string(), station_ids: z.array(z.string()) }),
  async execute({ text, station_ids }, runContext) {
    const chat = AgentContext.of(runContext);
    const sources = station_ids.flatMap((id) => {
      const station = stationOf(id);
      if (!station) return [];
      const at = text.indexOf(station.name);
      const source = {
        type: 'entity' as const,
        id,
        title: station.name,
        description: station.about,
        icon: 'map-pin' as const,
        interactive: true,
        data: { station: id },
      };
      return [{ type: 'annotation' as const, source, ...(at >= 0 && { index: at + station.name.length }) }];
    });
    for await (const event of streamAnswer(chat, text, { sources })) await chat.stream(event);
    return 'The user sees the route.';
  },
});

const addStation = tool({
  name: 'add_station',
  description: 'Adds a station to an end of a line.',
  parameters: z.object({ name: z.string(), line_id: z.string(), end: z.enum(['first', 'last']) }),
  async execute({ name, line_id, end }, runContext) {
    const line = lines.find(({ id }) => id === line_id);
    if (!line) return `There is no line ${line_id}.`;
    const station = { id: `station_${stations.length + 1}`, name, about: 'New.' };
    stations.push(station);
    if (end === 'first') line.stations.unshift(station.id);
    else line.stations.push(station.id);
    await AgentContext.of(runContext).stream({
      type: 'client_effect',
      name: 'map_changed',
      data: { added: station.id },
    });
    return station;
  },
});

/** Runs in the page: which stations are selected on its map. */
const getSelection = tool({
  name: 'get_selection',
  description: 'Returns the ids of the stations that the user has selected on the map.',
  parameters: z.object({}),
  execute(_input, runContext, details) {
    AgentContext.of(runContext).callClientTool('get_selection', {}, { callId: details?.toolCall?.callId });
    return 'The page is asked.';
  },
});

const planner = new Agent<AgentContext>({
  name: 'Planner',
  instructions:
    'You help city planners with a metro map. Read the map first. To add a station you need its name, its line and the ' +
    'end of the line: call choose_line when the user has not named a line. Call show_route for a list of stations.',
  tools: [getMap, chooseLine, showRoute, addStation, getSelection],
  toolUseBehavior: { stopAtToolNames: ['choose_line', 'show_route', 'get_selection'] },
});

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    const titled = titleThread(turn, new OpenAI(), { model: 'gpt-5-nano' });
    const chat = new AgentContext(turn);
    const input = await toAgentInput(await recentItems(turn), new MetroConverter(turn));
    const result = await run(planner, input, { context: chat, stream: true, signal: turn.signal });
    yield* streamAgentResponse(chat, result);
    await titled;
  },
  actions: {
    'line.choose': defineAction({
      payload: z.object({ line: z.enum(['red', 'blue']) }),
      async *handle(turn) {
        const { line } = turn.payload;
        yield* replaceWidget(turn, lineList.build({ lines, chosen: line }));
        yield hiddenContext(turn, `The user chose the line with the id ${line}.`);
        yield* streamAnswer(turn, 'Shall the station be the first or the last one of the line?');
        yield { type: 'client_effect', name: 'place_station', data: { line } };
      },
    }),
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.get('/map', (_request, response) => {
  response.json({ lines, stations });
});
app.listen(3000);
