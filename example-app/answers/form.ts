// A form in a card. The payload of its action contains the values of the fields under their names.
import { type HookEvents, replaceWidget, streamWidget, type TypedActionTurn, type WidgetRoot } from 'chatkit-express';
import {
  Button,
  Card,
  Checkbox,
  Col,
  DatePicker,
  Form,
  Icon,
  Input,
  Label,
  RadioGroup,
  Row,
  Select,
  Text,
  Textarea,
  Title,
  type Widgets,
} from 'chatkit-express/widgets';
import { z } from 'zod';
import type { DemoContext, MessageTurn } from '../demo-turn';
import { say } from '../say';

const cities = { lisbon: 'Lisbon', oslo: 'Oslo', turin: 'Turin' };
const cityNames = Object.keys(cities) as (keyof typeof cities)[];

/** Accepts an empty text and a missing text, because clients differ in what they send for an empty field. */
const maybe = z.string().max(500).optional();

/** The schema of the fields. `required` in the form helps the user but does not validate the payload. */
export const tripSchema = z.object({
  name: z.string().trim().min(1, 'Please give a name'),
  city: z.enum(cityNames),
  day: maybe,
  seat: z.enum(['window', 'aisle']).default('window'),
  wishes: maybe,
  bike: z.union([z.boolean(), z.literal('on').transform(() => true)]).default(false),
});
type Trip = z.output<typeof tripSchema>;

const tripForm = (): WidgetRoot =>
  Card({
    children: [
      Title({ value: 'Book a trip', size: 'sm' }),
      Form({
        onSubmitAction: { type: 'trip.book' },
        gap: 3,
        children: [
          field('name', 'Your name', Input({ name: 'name', required: true, placeholder: 'Ada' })),
          field(
            'city',
            'Where to',
            Select({
              name: 'city',
              defaultValue: 'lisbon',
              options: cityNames.map((value) => ({ value, label: cities[value] })),
            }),
          ),
          field('day', 'When', DatePicker({ name: 'day', placeholder: 'Any day', clearable: true })),
          RadioGroup({
            name: 'seat',
            ariaLabel: 'Seat',
            direction: 'row',
            defaultValue: 'window',
            options: [
              { value: 'window', label: 'Window' },
              { value: 'aisle', label: 'Aisle' },
            ],
          }),
          field('wishes', 'Wishes', Textarea({ name: 'wishes', rows: 2 })),
          Checkbox({ name: 'bike', label: 'I bring a bicycle' }),
          Button({ label: 'Book', submit: true, style: 'primary' }),
        ],
      }),
    ],
  });

function field(fieldName: string, label: string, control: Widgets.WidgetComponent) {
  return Col({ gap: 1, children: [Label({ fieldName, value: label }), control] });
}

const booked = ({ name, city, day, seat, wishes, bike }: Trip): WidgetRoot =>
  Card({
    status: { text: 'Booked', icon: 'check-circle' },
    children: [
      Title({ value: `${cities[city]}, ${day || 'any day'}`, size: 'sm' }),
      Text({ value: `${name}, ${seat} seat` }),
      bike && Row({ gap: 1, children: [Icon({ name: 'check' }), Text({ value: 'Bicycle' })] }),
      wishes ? Text({ value: wishes, color: 'secondary' }) : null,
    ],
  });

export async function* form(turn: MessageTurn): HookEvents {
  yield* say(turn, 'Fill this in and press Book.');
  yield* streamWidget(turn.thread, tripForm(), { generateId: (type) => turn.generateId(type) });
}

/** Replaces the form with a card that shows the booking. */
export async function* book(turn: TypedActionTurn<DemoContext, Trip>): HookEvents {
  yield* replaceWidget(turn, booked(turn.payload));
  yield* say(turn, `Have a good time in ${cities[turn.payload.city]}, ${turn.payload.name}.`);
}
