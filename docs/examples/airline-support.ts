import { Agent, run, tool } from '@openai/agents';
import {
  chatkitMiddleware,
  defineAction,
  hiddenContext,
  MemoryStore,
  replaceWidget,
  streamAnswer,
} from 'chatkit-express';
import { AgentContext, recentItems, streamAgentResponse, toAgentInput } from 'chatkit-express/agents';
import { Icon, ListView, ListViewItem, Text } from 'chatkit-express/widgets';
import express from 'express';
import { z } from 'zod';

// The airline's record of the customer of a thread. A real server reads this record from a database.
const newCustomer = () => ({
  name: 'Kim Berg',
  tier: 'Gold',
  flights: [
    { number: 'NL 204', route: 'OSL to LIS', seat: '14A', status: 'booked' },
    { number: 'NL 205', route: 'LIS to OSL', seat: '15C', status: 'booked' },
  ],
  bags: 0,
  meal: 'none chosen',
});
const customers = new Map<string, ReturnType<typeof newCustomer>>();
function customerOf(threadId: string) {
  const customer = customers.get(threadId) ?? newCustomer();
  customers.set(threadId, customer);
  return customer;
}

/** Tells the page to draw the customer's profile anew. */
const profileChanged = (threadId: string) => ({
  type: 'client_effect' as const,
  name: 'profile_changed',
  data: { profile: customerOf(threadId) },
});

const meals = { vegetarian: 'Vegetarian', vegan: 'Vegan', halal: 'Halal', standard: 'Standard' };
type Meal = keyof typeof meals;

/** The meals to choose from. Once one is chosen, the others cannot be clicked any more. */
function mealList(chosen?: Meal) {
  return ListView({
    children: Object.entries(meals).map(([meal, label]) =>
      ListViewItem({
        key: meal,
        ...(!chosen && { onClickAction: { type: 'meal.choose', payload: { meal } } }),
        children: [
          Icon({ name: meal === chosen ? 'check' : 'empty-circle', color: 'secondary' }),
          Text({ value: label, weight: meal === chosen ? 'semibold' : 'normal' }),
        ],
      }),
    ),
  });
}

const changeSeat = tool({
  name: 'change_seat',
  description: 'Gives the customer another seat on a flight.',
  parameters: z.object({ flight: z.string(), seat: z.string().describe('A row and a letter, such as 12C') }),
  async execute({ flight, seat }, runContext) {
    const chat = AgentContext.of(runContext);
    const booked = customerOf(chat.thread.id).flights.find(({ number }) => number === flight);
    if (!booked) return `The customer is not on flight ${flight}.`;
    if (!/^\d{1,2}[A-F]$/.test(seat)) return `${seat} is not a seat. Ask for a row and a letter.`;
    booked.seat = seat;
    await chat.stream(profileChanged(chat.thread.id));
    return `The seat on ${flight} is ${seat} now.`;
  },
});

const addBag = tool({
  name: 'add_bag',
  description: 'Adds a checked bag, after the customer has confirmed it.',
  parameters: z.object({}),
  async execute(_input, runContext) {
    const chat = AgentContext.of(runContext);
    const bags = ++customerOf(chat.thread.id).bags;
    await chat.stream(profileChanged(chat.thread.id));
    return `The customer has ${bags} checked bags now.`;
  },
});

/** Shows a widget. The run ends there, because the customer goes on by clicking. */
const showMeals = tool({
  name: 'show_meals',
  description: 'Shows the customer the meals to choose from.',
  parameters: z.object({}),
  async execute(_input, runContext) {
    const chat = AgentContext.of(runContext);
    for await (const event of streamAnswer(chat, 'Which meal would you like?')) await chat.stream(event);
    await chat.streamWidget(mealList(), { copyText: Object.values(meals).join(', ') });
    return 'The customer sees the meals.';
  },
});

/** Runs in the page, which opens its seat map. `respond` is called again with the seat that the customer picked. */
const pickSeat = tool({
  name: 'pick_seat',
  description: 'Opens the seat map of a flight and returns the seat that the customer picks.',
  parameters: z.object({ flight: z.string() }),
  execute({ flight }, runContext, details) {
    AgentContext.of(runContext).callClientTool('pick_seat', { flight }, { callId: details?.toolCall?.callId });
    return 'The seat map is open.';
  },
});

const concierge = new Agent<AgentContext>({
  name: 'Concierge',
  instructions: ({ context }) =>
    'You are the concierge of an airline. Use a tool for everything that changes the booking, and say what it did. ' +
    `Answer in two or three sentences. The customer: ${JSON.stringify(customerOf(context.thread.id))}`,
  tools: [changeSeat, addBag, showMeals, pickSeat],
  toolUseBehavior: { stopAtToolNames: ['show_meals', 'pick_seat'] },
});

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    const chat = new AgentContext(turn);
    const input = await toAgentInput(await recentItems(turn), turn);
    const result = await run(concierge, input, { context: chat, stream: true, signal: turn.signal });
    yield* streamAgentResponse(chat, result);
  },
  actions: {
    'meal.choose': defineAction({
      payload: z.object({ meal: z.enum(Object.keys(meals) as [Meal]) }),
      async *handle(turn) {
        const { meal } = turn.payload;
        customerOf(turn.thread.id).meal = meals[meal];
        yield* replaceWidget(turn, mealList(meal));
        yield* streamAnswer(turn, `Noted: your meal is ${meals[meal]}.`);
        yield hiddenContext(turn, `The customer chose the meal "${meals[meal]}" in the widget.`);
        yield profileChanged(turn.thread.id);
      },
    }),
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.get('/customers/:threadId', (request, response) => {
  response.json(customerOf(request.params.threadId));
});
app.listen(3000);
