// A card: a status, the content, and up to two buttons below the content.
import { useId, useState } from 'react';
import { safeUrl } from '../../sanitize';
import { Children } from '../component';
import { isRecord, oneOf, type Props, textOf } from '../read-props';
import { borderStyle, paddingStyle, withoutGaps } from '../style/box';
import { colourOf } from '../style/colour';
import { type ComponentProps, ForcedTheme, useAction } from '../widget-context';
import { PlainButton, useSubmit } from './button';
import { IconMark } from './content';
import { FormScope } from './form-scope';

export function Card({ node }: ComponentProps) {
  const size = oneOf(node['size'], ['sm', 'md', 'lg', 'full']) ?? 'md';
  const asForm = node['asForm'] === true;
  const content = (
    <>
      <Status of={node['status']} />
      <CardBody node={node} />
      <CardFooter node={node} asForm={asForm} />
    </>
  );
  return (
    <ForcedTheme theme={node['theme']}>
      {(theme) => {
        const style = withoutGaps({
          background: colourOf(node['background'], theme, 'background'),
          ...borderStyle(node['border'], theme),
        });
        return (
          <div className="ckw-card" data-ckw-theme={theme} data-size={size} style={style}>
            {asForm ? (
              <FormScope action={confirmOf(node)} className="ckw-card-form">
                {content}
              </FormScope>
            ) : (
              content
            )}
          </div>
        );
      }}
    </ForcedTheme>
  );
}

const confirmOf = ({ confirm }: Props) => (isRecord(confirm) ? confirm['action'] : undefined);

/** Draws the status of a card or a list: an image or an icon, and a short text. */
export function Status({ of: status }: { of: unknown }) {
  const text = isRecord(status) ? textOf(status['text']) : undefined;
  if (!isRecord(status) || text === undefined) return null;
  const favicon = safeUrl(status['favicon'], 'image');
  const icon = textOf(status['icon']);
  return (
    <div className="ckw-status">
      {favicon !== undefined && (
        <img
          src={favicon}
          alt=""
          width={16}
          height={16}
          data-frame={status['frame'] === true}
          referrerPolicy="no-referrer"
        />
      )}
      {favicon === undefined && icon !== undefined && <IconMark name={icon} size="sm" />}
      <span>{text}</span>
    </div>
  );
}

function CardBody({ node }: ComponentProps) {
  const collapsed = node['collapsed'] === true;
  // The user can open a collapsed card. The card closes when the server collapses it again.
  const [open, setOpen] = useState({ collapsed, shown: !collapsed });
  if (open.collapsed !== collapsed) setOpen({ collapsed, shown: !collapsed });
  const id = useId();
  return (
    <>
      {collapsed && (
        <button
          type="button"
          className="ckw-expand"
          aria-expanded={open.shown}
          aria-controls={id}
          onClick={() => setOpen({ collapsed, shown: !open.shown })}
        >
          {open.shown ? 'Hide details' : 'Show details'}
          <IconMark name="lucide:chevron-down" />
        </button>
      )}
      <div
        id={id}
        className="ckw-card-body"
        data-bare={node['padding'] === 0}
        hidden={!open.shown}
        style={withoutGaps(paddingStyle(node['padding']))}
      >
        <Children of={node['children']} />
      </div>
    </>
  );
}

function CardFooter({ node, asForm }: ComponentProps & { asForm: boolean }) {
  const { confirm, cancel } = node;
  if (!isRecord(confirm) && !isRecord(cancel)) return null;
  return (
    <div className="ckw-card-footer">
      {isRecord(cancel) && <FooterButton of={cancel} look="outline" label="Cancel" />}
      {isRecord(confirm) && <FooterButton of={confirm} look="solid" label="Confirm" submits={asForm} />}
    </div>
  );
}

interface FooterButtonProps {
  of: Props;
  look: 'solid' | 'outline';
  /** The label of a button whose props have no label. */
  label: string;
  /** True if the card is a form, which sends the action after it has checked its fields. */
  submits?: boolean;
}

function FooterButton({ of, look, label, submits = false }: FooterButtonProps) {
  const action = useAction(of['action'], 'container');
  const run = () => action.run();
  const submit = useSubmit(run);
  return (
    <PlainButton
      label={textOf(of['label']) ?? label}
      variant={look}
      color={look === 'solid' ? 'primary' : 'secondary'}
      press={submits ? submit : { type: 'button', onClick: run }}
      loading={action.loading}
    />
  );
}
