// npm run bench:widgets: compares the cost of the difference of two states of a widget, and of a build from a template,
// with JSON.stringify of the same widget. Compare the ratios, because times vary with the machine.
import { readFileSync } from 'node:fs';
import { diffWidget, streamWidget, WidgetTemplate } from '../../dist/index.js';

const rounds = 40;

/** Returns the microseconds of a call in the fastest of many short rounds, because other work can only add time. */
function measure(call) {
  let count = 1;
  while (timed(call, count) < 5) count *= 2;
  return Math.min(...Array.from({ length: rounds }, () => (timed(call, count) / count) * 1000));
}

function timed(call, count) {
  const start = performance.now();
  for (let index = 0; index < count; index++) call();
  return performance.now() - start;
}

/** Returns a card with a number of components: rows of three, and a Markdown with an id at the end. */
function widgetOf(nodes, value) {
  const rows = Array.from({ length: Math.floor((nodes - 2) / 4) }, (_none, index) => ({
    type: 'Row',
    key: `row_${index}`,
    gap: 2,
    children: [
      { type: 'Icon', name: 'check', color: 'success' },
      { type: 'Text', id: `text_${index}`, value: `Step ${index}`, size: 'sm' },
      { type: 'Badge', label: `No. ${index}`, color: 'info', variant: 'soft' },
    ],
  }));
  return { type: 'Card', size: 'md', children: [...rows, { type: 'Markdown', id: 'answer', value, streaming: true }] };
}

const round = (number) => number.toLocaleString('en-US', { maximumSignificantDigits: 3 });

console.log('diffWidget, states without an object in common');
console.log('components  change                      µs  of JSON.stringify');
for (const nodes of [500, 2000, 8000]) {
  const before = widgetOf(nodes, 'An answer');
  const json = measure(() => JSON.stringify(before));
  const changes = {
    nothing: widgetOf(nodes, 'An answer'),
    'a Markdown grows': widgetOf(nodes, 'An answer that grows'),
    'a prop appears': { ...widgetOf(nodes, 'An answer'), size: 'md', footer: true },
  };
  for (const [change, after] of Object.entries(changes)) {
    const took = measure(() => diffWidget(before, after));
    console.log(
      `${String(nodes).padStart(10)}  ${change.padEnd(20)} ${round(took).padStart(9)}  ${round(took / json).padStart(8)}`,
    );
  }
}

/** Returns the microseconds for each state of a growing Markdown, including the copies and the events. */
async function measureStream(nodes, states) {
  async function* source() {
    const widget = widgetOf(nodes, '');
    for (let index = 0; index < states; index++) {
      widget.children.at(-1).value += 'word ';
      yield widget;
    }
  }
  const times = [];
  for (let index = 0; index < 9; index++) {
    const start = performance.now();
    let events = 0;
    for await (const event of streamWidget({ id: 'thr_1' }, source())) if (event) events++;
    if (events !== states + 1) throw new Error(`${events} events for ${states} states`);
    times.push(((performance.now() - start) / states) * 1000);
  }
  return Math.min(...times);
}

console.log('\nstreamWidget, 200 states of a widget in which a Markdown grows');
for (const nodes of [10, 2000])
  console.log(`${String(nodes).padStart(10)}  ${round(await measureStream(nodes, 200))} µs a state`);

console.log('\nWidgetTemplate');
const read = (path) => JSON.parse(readFileSync(new URL(`../widgets/${path}`, import.meta.url), 'utf8'));
const cases = read('vectors/templates.json');
for (const file of ['order_status.widget', 'board.widget']) {
  const definition = read(`templates/${file}`);
  const { data } = cases.find((each) => each.file === file);
  const template = new WidgetTemplate(definition);
  const widget = template.build(data);
  const [make, build, json] = [
    () => new WidgetTemplate(definition),
    () => template.build(data),
    () => JSON.stringify(widget),
  ].map(measure);
  console.log(
    `${file.padEnd(20)} read ${round(make)} µs, built ${round(build)} µs, ${round(build / json)} of JSON.stringify`,
  );
}
