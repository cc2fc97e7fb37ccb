// A chart, and two buttons that have it drawn in another way: sync actions, answered with the new card at once.
import {
  type HookEvents,
  type ReplacedWidget,
  replaceWidget,
  streamWidget,
  type TypedActionTurn,
  type WidgetRoot,
} from 'chatkit-express';
import { Button, Card, Chart, Row, Spacer, Title } from 'chatkit-express/widgets';
import { z } from 'zod';
import type { DemoContext, MessageTurn } from '../demo-turn';

const kinds = ['bar', 'area', 'line'] as const;
export const chartSchema = z.object({ kind: z.enum(kinds) });
type ChartState = z.output<typeof chartSchema>;

const scoops = [
  { day: 'Mon', vanilla: 31, lemon: 12 },
  { day: 'Tue', vanilla: 28, lemon: 19 },
  { day: 'Wed', vanilla: 35, lemon: 22 },
  { day: 'Thu', vanilla: 40, lemon: 37 },
  { day: 'Fri', vanilla: 52, lemon: 41 },
];

function salesCard({ kind }: ChartState): WidgetRoot {
  const button = (other: (typeof kinds)[number]) =>
    Button({
      label: other,
      size: 'sm',
      style: other === kind ? 'primary' : 'secondary',
      onClickAction: { type: 'chart.draw', payload: { kind: other }, streaming: false },
    });
  return Card({
    size: 'lg',
    children: [
      Row({ align: 'center', children: [Title({ value: 'Scoops sold', size: 'sm' }), Spacer(), kinds.map(button)] }),
      Chart({
        data: scoops,
        xAxis: 'day',
        series: [
          { type: kind, dataKey: 'vanilla', label: 'Vanilla', color: 'yellow' },
          { type: kind, dataKey: 'lemon', label: 'Lemon', color: 'green' },
        ],
        showYAxis: true,
        showLegend: true,
        height: 220,
      }),
    ],
  });
}

export async function* chart(turn: MessageTurn): HookEvents {
  yield* streamWidget(turn.thread, salesCard({ kind: 'bar' }), { generateId: (type) => turn.generateId(type) });
}

export function drawChart(turn: TypedActionTurn<DemoContext, ChartState>): ReplacedWidget {
  return replaceWidget(turn, salesCard(turn.payload));
}
