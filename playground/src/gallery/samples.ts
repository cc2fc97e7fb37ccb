// A sample for every component, each in the root that suits it.
import type { WidgetComponent, WidgetRoot } from 'chatkit-express/protocol';
import { iconNames } from './icon-names';

const card = (children: WidgetComponent[], more: Record<string, unknown> = {}): WidgetRoot => ({
  type: 'Card',
  ...more,
  children,
});
const row = (children: WidgetComponent[], more: Record<string, unknown> = {}): WidgetComponent => ({
  type: 'Row',
  ...more,
  children,
});
const words = (value: string, more: Record<string, unknown> = {}): WidgetComponent => ({
  type: 'Text',
  ...more,
  value,
});
const cell = (value: string, more: Record<string, unknown> = {}): WidgetComponent => ({
  type: 'Table.Cell',
  ...more,
  children: [words(value, { size: 'sm' })],
});
const wrap = { wrap: 'wrap' };

const picture = (colour: string) =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 100"><rect width="160" height="100" fill="${colour}"/><circle cx="120" cy="30" r="14" fill="#fff8"/><path d="M0 100 55 45l35 35 25-20 45 40z" fill="#0003"/></svg>`,
  )}`;

const sizes = ['sm', 'md', 'lg', 'xl', '2xl'];
const buttonColours = ['primary', 'secondary', 'info', 'discovery', 'success', 'caution', 'warning', 'danger'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'];
const sales = months.map((month, index) => ({
  month,
  desktop: [186, 305, 237, 173, 209, 214][index],
  mobile: [80, 200, 120, 190, 130, 140][index],
  goal: 220,
}));

export const samples: Record<string, WidgetRoot> = {
  'Card: status and footer': card(
    [{ type: 'Title', value: 'Draft of your mail' }, words('Hi Zoe, the boat leaves at nine. Bring a hat.')],
    {
      status: { text: 'Mail', icon: 'mail' },
      confirm: { label: 'Send', action: { type: 'mail.send', payload: { id: 7 } } },
      cancel: { label: 'Discard', action: { type: 'mail.discard' } },
    },
  ),
  'Card: collapsed': card([words('Sent to zoe@example.com at 9:04.')], {
    collapsed: true,
    status: { text: 'Mail sent', icon: 'check-circle-filled' },
  }),
  'Card: as a form': card(
    [
      { type: 'Label', value: 'Your name', fieldName: 'person.name' },
      { type: 'Input', name: 'person.name', placeholder: 'Ada', required: true },
      { type: 'Label', value: 'Mail', fieldName: 'person.mail' },
      { type: 'Input', name: 'person.mail', inputType: 'email', required: true },
      { type: 'Label', value: 'Code', fieldName: 'code' },
      { type: 'Input', name: 'code', pattern: '[A-Z]{3}\\d', placeholder: 'ABC1' },
      { type: 'Checkbox', name: 'agreed', label: 'I have read the rules', required: true },
    ],
    {
      asForm: true,
      size: 'sm',
      confirm: { label: 'Join', action: { type: 'join', payload: { person: { id: 1 } } } },
      cancel: { label: 'Later', action: { type: 'later' } },
    },
  ),
  Form: card([
    {
      type: 'Form',
      onSubmitAction: { type: 'todo.save', payload: { id: 'todo_1' } },
      children: [
        { type: 'Title', value: 'Edit the task', size: 'sm' },
        { type: 'Text', value: 'Buy flowers', editable: { name: 'todo.title', required: true } },
        { type: 'Text', value: '', minLines: 2, editable: { name: 'todo.note', placeholder: 'A note' } },
        { type: 'Label', value: 'Priority', fieldName: 'todo.priority' },
        {
          type: 'Select',
          name: 'todo.priority',
          block: true,
          clearable: true,
          placeholder: 'Choose a priority',
          onChangeAction: { type: 'todo.priority' },
          options: [
            { value: 'low', label: 'Low' },
            { value: 'high', label: 'High' },
          ],
        },
        { type: 'Label', value: 'Due', fieldName: 'todo.due' },
        { type: 'DatePicker', name: 'todo.due', defaultValue: '2026-11-21T10:00:00Z', block: true, clearable: true },
        { type: 'Label', value: 'Repeats', fieldName: 'todo.repeats' },
        {
          type: 'RadioGroup',
          name: 'todo.repeats',
          defaultValue: 'never',
          options: [
            { value: 'never', label: 'Never' },
            { value: 'week', label: 'Every week' },
            { value: 'year', label: 'Every year', disabled: true },
          ],
        },
        { type: 'Label', value: 'Details', fieldName: 'todo.details' },
        { type: 'Textarea', name: 'todo.details', rows: 2, maxRows: 6, autoResize: true, placeholder: 'All about it' },
        { type: 'Checkbox', name: 'todo.done', label: 'Done', defaultChecked: true },
        row([
          { type: 'Button', label: 'Save', submit: true },
          {
            type: 'Button',
            label: 'Delete',
            variant: 'ghost',
            color: 'danger',
            onClickAction: { type: 'todo.delete' },
          },
        ]),
      ],
    },
  ]),
  'ListView: three of seven': {
    type: 'ListView',
    limit: 3,
    status: { text: 'Seven lines', icon: 'maps' },
    children: ['blue', 'orange', 'green', 'purple', 'red', 'pink', 'yellow'].map((colour) => ({
      type: 'ListViewItem',
      key: colour,
      gap: 3,
      onClickAction: { type: 'line.select', payload: { id: colour } },
      children: [
        { type: 'Box', background: `${colour}-500`, radius: 'full', size: 20 },
        words(`The ${colour} line`, { size: 'sm', weight: 'medium' }),
        { type: 'Spacer' },
        { type: 'Icon', name: 'chevron-right', color: 'tertiary', size: 'sm' },
      ],
    })),
  },
  'Basic: text': {
    type: 'Basic',
    gap: 1,
    children: [
      words('Plain text in the size md.'),
      words('Small, secondary, italic.', { size: 'sm', color: 'secondary', italic: true }),
      words('Struck out, danger.', { lineThrough: true, color: 'danger' }),
      words('A theme’s colour, semibold.', { weight: 'semibold', color: { light: 'purple-700', dark: 'purple-300' } }),
      words('Two lines at most: ' + 'the text goes on and on, '.repeat(12), { maxLines: 2 }),
      words('One line: ' + 'the text goes on and on, '.repeat(12), { truncate: true }),
      words('Still being written', { streaming: true }),
      { type: 'Caption', value: 'A caption' },
      { type: 'Caption', value: 'A small caption, at the end', size: 'sm', textAlign: 'end' },
      { type: 'Markdown', value: 'Some **bold** Markdown with a [link](https://example.com):\n\n- one\n- `two`' },
    ],
  },
  'Basic: titles': {
    type: 'Basic',
    children: ['sm', 'md', 'lg', 'xl', '2xl', '3xl', '4xl', '5xl'].map((size) => ({
      type: 'Title',
      value: `Title ${size}`,
      size,
    })),
  },
  Buttons: card(
    [
      row(
        buttonColours.map((color) => ({
          type: 'Button',
          label: color,
          color,
          size: 'sm',
          onClickAction: { type: color },
        })),
        wrap,
      ),
      ...['soft', 'outline', 'ghost'].map((variant) =>
        row(
          buttonColours.map((color) => ({
            type: 'Button',
            label: color,
            color,
            variant,
            size: 'sm',
            onClickAction: { type: `${variant} ${color}` },
          })),
          wrap,
        ),
      ),
      row(
        ['3xs', '2xs', 'xs', ...sizes, '3xl'].map((size) => ({
          type: 'Button',
          label: size,
          size,
          style: 'secondary',
          onClickAction: { type: 'sized' },
        })),
        { wrap: 'wrap' },
      ),
      row([
        { type: 'Button', iconStart: 'plus', pill: true, uniform: true, onClickAction: { type: 'add' } },
        { type: 'Button', iconStart: 'star', label: 'Keep', variant: 'soft', onClickAction: { type: 'keep' } },
        {
          type: 'Button',
          iconEnd: 'external-link',
          label: 'Open',
          style: 'secondary',
          onClickAction: { type: 'open' },
        },
        { type: 'Button', label: 'Off', disabled: true },
      ]),
      row([
        { type: 'Button', label: 'Block', block: true, onClickAction: { type: 'block', loadingBehavior: 'container' } },
        {
          type: 'Button',
          label: 'Quiet',
          block: true,
          variant: 'outline',
          onClickAction: { type: 'q', loadingBehavior: 'none' },
        },
      ]),
    ],
    { size: 'lg' },
  ),
  Badges: card(
    ['solid', 'soft', 'outline'].map((variant) =>
      row(
        ['secondary', 'success', 'danger', 'warning', 'info', 'discovery'].map((color, index) => ({
          type: 'Badge',
          label: color,
          color,
          variant,
          pill: variant === 'soft',
          size: ['sm', 'md', 'lg'][index % 3],
        })),
        wrap,
      ),
    ),
  ),
  Icons: card([
    row(
      iconNames.map((name) => ({ type: 'Icon', name })),
      { wrap: 'wrap', gap: 3 },
    ),
    { type: 'Divider', flush: true },
    row([
      ...['xs', ...sizes, '3xl'].map((size) => ({ type: 'Icon', name: 'sparkle', size, color: 'purple-500' })),
      { type: 'Icon', name: 'lucide:rocket' },
      { type: 'Icon', name: 'lucide:shopping-cart', color: 'success' },
      { type: 'Icon', name: 'vendor:acme', color: 'warning' },
    ]),
  ]),
  Images: card(
    [
      { type: 'Image', src: picture('#6b8afd'), alt: 'Mountains at noon', flush: true, height: 120 },
      row([
        { type: 'Image', src: picture('#e58b63'), alt: 'Mountains at dusk', size: 64, radius: 'full', frame: true },
        {
          type: 'Image',
          src: picture('#57a773'),
          alt: 'Mountains in spring',
          width: 96,
          height: 64,
          fit: 'contain',
          frame: true,
        },
        { type: 'Image', src: 'javascript:alert(1)', alt: 'A script, refused', size: 64 },
        { type: 'Image', src: './missing.png', alt: 'A picture that is not there', size: 64 },
      ]),
    ],
    { size: 'sm' },
  ),
  'Boxes, spacing and colours': card([
    row([words('Left'), { type: 'Spacer' }, words('Right')]),
    { type: 'Divider', color: 'strong', spacing: 1 },
    row(
      ['gray', 'red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink'].map((family) => ({
        type: 'Col',
        gap: 0,
        flex: 1,
        children: [50, 100, 200, 300, 400, 500, 600, 700, 800, 900].map((step) => ({
          type: 'Box',
          height: 14,
          background: `${family}-${step}`,
        })),
      })),
      { gap: 1 },
    ),
    row([
      { type: 'Box', size: 48, radius: 'lg', border: { size: 1, color: 'red-500', style: 'dashed' } },
      { type: 'Box', size: 48, radius: 'xl', background: 'linear-gradient(135deg, #fff6d9 0%, #ceb0fb 100%)' },
      {
        type: 'Box',
        size: 48,
        background: 'surface-tertiary',
        border: { bottom: 3, left: { size: 3, color: 'blue-500' } },
      },
      { type: 'Box', width: 96, aspectRatio: 2, radius: 'md', background: { light: 'green-200', dark: 'green-800' } },
      {
        type: 'Box',
        flex: 1,
        padding: { x: 3, y: 1 },
        margin: { left: 'auto' },
        radius: 'full',
        align: 'center',
        justify: 'center',
        background: 'yellow-100',
        children: [words('centre', { size: 'xs', color: 'yellow-900' })],
      },
    ]),
    { type: 'Transition', children: words('A transition’s child', { size: 'sm', color: 'tertiary' }) },
  ]),
  Table: card(
    [
      {
        type: 'Table',
        children: [
          {
            type: 'Table.Row',
            header: true,
            children: [cell('Train', { colSize: 'md' }), cell('Leaves'), cell('Price', { align: 'end' })],
          },
          { type: 'Table.Row', children: [cell('Paris – Lyon'), cell('9:04'), cell('42.00', { align: 'end' })] },
          { type: 'Table.Row', children: [cell('Lyon – Nice'), cell('13:40'), cell('38.50', { align: 'end' })] },
          { type: 'Table.Row', children: [cell('In all', { colSpan: 2 }), cell('80.50', { align: 'end' })] },
        ],
      },
    ],
    { status: { text: 'Your trip', icon: 'compass' } },
  ),
  'Chart: bars': card([
    { type: 'Title', value: 'Visitors', size: 'sm' },
    {
      type: 'Chart',
      data: sales,
      xAxis: 'month',
      showYAxis: true,
      series: [
        { type: 'bar', dataKey: 'desktop', label: 'Desktop', stack: 'all' },
        { type: 'bar', dataKey: 'mobile', label: 'Mobile', stack: 'all', color: 'orange' },
        { type: 'line', dataKey: 'goal', label: 'Goal', color: 'gray-500', curveType: 'linear' },
      ],
    },
  ]),
  'Chart: areas': card([
    {
      type: 'Chart',
      height: 180,
      data: sales,
      xAxis: { dataKey: 'month', labels: { Jan: 'January' } },
      series: [
        { type: 'area', dataKey: 'desktop', label: 'Desktop', stack: 'a', curveType: 'natural' },
        { type: 'area', dataKey: 'mobile', label: 'Mobile', stack: 'a', color: 'purple', curveType: 'natural' },
      ],
    },
  ]),
  'Chart: lines': card([
    {
      type: 'Chart',
      aspectRatio: '2',
      height: 'auto',
      data: sales,
      xAxis: { dataKey: 'month', hide: true },
      showLegend: false,
      series: [
        { type: 'line', dataKey: 'desktop', label: 'Desktop', curveType: 'step' },
        { type: 'line', dataKey: 'mobile', label: 'Mobile', color: { light: 'red-600', dark: 'red-300' } },
      ],
    },
  ]),
  'Forced theme': card(
    [{ type: 'Title', value: 'Always dark' }, words('Whatever is around it.', { color: 'secondary' })],
    {
      theme: 'dark',
      size: 'sm',
    },
  ),
  'Not known': card([
    { type: 'Hologram', depth: 3, children: [{ type: 'Text', value: 'inside' }] },
    { type: 'Text', value: 'Text after it' },
    { type: 'Table', children: [{ type: 'Text', value: 'A table of no rows' }] },
  ]),
};
