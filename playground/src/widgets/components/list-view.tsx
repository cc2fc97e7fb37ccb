// A list that shows its first rows, and rows that can be clicked.
import { useId, useState } from 'react';
import { Children } from '../component';
import { childrenOfType, numberOf } from '../read-props';
import { alignOf, spacingOf, withoutGaps } from '../style/box';
import { type ComponentProps, ForcedTheme, useAction } from '../widget-context';
import { Status } from './card';
import { PlainButton } from './button';

/** The number of rows for `limit: "auto"`. */
const automaticLimit = 5;

export function ListView({ node }: ComponentProps) {
  const [all, setAll] = useState(false);
  const rows = childrenOfType('ListViewItem', node['children']);
  const limit = node['limit'] === 'auto' ? automaticLimit : numberOf(node['limit']);
  // The button is shown only if rows are hidden. At least one row is always shown.
  const hidden = limit === undefined || all ? 0 : Math.max(rows.length - Math.max(1, Math.floor(limit)), 0);
  return (
    <ForcedTheme theme={node['theme']}>
      {(theme) => (
        <div className="ckw-list" data-ckw-theme={theme}>
          <Status of={node['status']} />
          <ul>
            <Children of={rows.slice(0, rows.length - hidden)} />
          </ul>
          {hidden > 0 && (
            <div className="ckw-list-more">
              <PlainButton
                press={{ type: 'button', onClick: () => setAll(true) }}
                label={`Show ${hidden} more`}
                variant="ghost"
                color="secondary"
                size="sm"
                iconEnd="lucide:chevron-down"
              />
            </div>
          )}
        </div>
      )}
    </ForcedTheme>
  );
}

export function ListViewItem({ node }: ComponentProps) {
  const action = useAction(node['onClickAction'], 'self');
  const id = useId();
  const style = withoutGaps({ gap: spacingOf(node['gap']), alignItems: alignOf(node['align']) });
  return (
    <li className="ckw-item" data-clickable={action.available} aria-busy={action.loading}>
      {action.available && (
        // The button lies below the content, so that controls in the row work. The content is its accessible name.
        <button
          type="button"
          className="ckw-item-press"
          aria-labelledby={id}
          aria-disabled={action.loading}
          onClick={() => action.run()}
        />
      )}
      <div id={id} className="ckw-item-content" style={style}>
        <Children of={node['children']} />
      </div>
      {action.loading && <span className="ckw-spinner" />}
    </li>
  );
}
