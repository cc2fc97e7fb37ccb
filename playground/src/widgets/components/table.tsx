// Tables. The props of a row define whether the row is a header.
import { createContext, use } from 'react';
import { Children } from '../component';
import { childrenOfType, type Node, numberOf, oneOf } from '../read-props';
import { lengthOf, paddingStyle, withoutGaps } from '../style/box';
import type { ComponentProps } from '../widget-context';

const HeaderContext = createContext(false);
const isHeader = (row: Node) => row['header'] === true;

export function Table({ node }: ComponentProps) {
  const rows = childrenOfType('Table.Row', node['children']);
  const firstOfBody = rows.findIndex((row) => !isHeader(row));
  const heads = firstOfBody === -1 ? rows.length : firstOfBody;
  return (
    // A wide table scrolls without the page. It can be focused, so that it also scrolls by keyboard.
    <div className="ckw-table" role="region" aria-label="Table" tabIndex={0}>
      <table>
        {heads > 0 && (
          <thead>
            <Children of={rows.slice(0, heads)} />
          </thead>
        )}
        <tbody>
          <Children of={rows.slice(heads)} />
        </tbody>
      </table>
    </div>
  );
}

export const TableRow = ({ node }: ComponentProps) => (
  <HeaderContext value={isHeader(node)}>
    <tr>
      <Children of={childrenOfType('Table.Cell', node['children'])} />
    </tr>
  </HeaderContext>
);

export function TableCell({ node }: ComponentProps) {
  const header = use(HeaderContext);
  const Cell = header ? 'th' : 'td';
  const vertical = oneOf(node['vAlign'], ['start', 'center', 'end']);
  const style = withoutGaps({
    width: lengthOf(node['width']),
    textAlign: oneOf(node['align'], ['start', 'center', 'end']),
    verticalAlign: vertical && { start: 'top', center: 'middle', end: 'bottom' }[vertical],
    ...paddingStyle(node['padding']),
  });
  return (
    <Cell
      scope={header ? 'col' : undefined}
      colSpan={numberOf(node['colSpan'])}
      rowSpan={numberOf(node['rowSpan'])}
      data-column={oneOf(node['colSize'], ['xs', 'sm', 'md', 'lg', 'xl'])}
      data-align={oneOf(node['align'], ['start', 'center', 'end'])}
      style={style}
    >
      <Children of={node['children']} />
    </Cell>
  );
}
