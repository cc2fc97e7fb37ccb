// Buttons: the Button component, and the buttons that cards and lists add.
import { use } from 'react';
import { oneOf, textOf } from '../read-props';
import { type ComponentProps, FormContext, useAction } from '../widget-context';
import { IconMark } from './content';
import { iconWords } from '../icons';

export const controlVariants = ['solid', 'soft', 'outline', 'ghost'] as const;
export const controlSizes = ['3xs', '2xs', 'xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl'] as const;
const colours = ['primary', 'secondary', 'info', 'discovery', 'success', 'caution', 'warning', 'danger'] as const;

/** The HTML type of a button and its click handler. */
export interface Press {
  type: 'button' | 'submit';
  onClick?(): void;
}

/** Returns the props of a button that submits the form around it. Calls `otherwise` if the form has no own action. */
export function useSubmit(otherwise: () => void): Press {
  const form = use(FormContext);
  if (!form) return { type: 'button', onClick: otherwise };
  if (form.hasAction) return form.native ? { type: 'submit' } : { type: 'button', onClick: () => form.submit() };
  const checked = () => {
    if (form.check()) otherwise();
  };
  return { type: 'button', onClick: checked };
}

interface PlainButtonProps {
  press: Press;
  /** The text of the button. With `iconOnly`, only screen readers get it. */
  label: string;
  iconOnly?: boolean;
  variant?: (typeof controlVariants)[number];
  color?: (typeof colours)[number];
  size?: (typeof controlSizes)[number];
  iconStart?: string;
  iconEnd?: string;
  iconSize?: string;
  pill?: boolean;
  uniform?: boolean;
  block?: boolean;
  disabled?: boolean;
  /** Shows that the button waits. A waiting button keeps the focus and ignores clicks. */
  loading?: boolean;
}

export function PlainButton({ press, label, iconOnly = false, loading = false, ...look }: PlainButtonProps) {
  const { variant = 'solid', color = 'primary', size = 'md', iconStart, iconEnd, iconSize = 'sm' } = look;
  return (
    <button
      type={press.type}
      className="ckw-button"
      data-variant={variant}
      data-color={color}
      data-size={size}
      data-pill={look.pill === true}
      data-uniform={look.uniform ?? iconOnly}
      data-block={look.block === true}
      disabled={look.disabled}
      aria-label={iconOnly ? label : undefined}
      aria-busy={loading}
      aria-disabled={loading}
      onClick={(event) => {
        if (loading) event.preventDefault();
        else press.onClick?.();
      }}
    >
      {loading && <span className="ckw-spinner" />}
      {iconStart !== undefined && <IconMark name={iconStart} size={iconSize} />}
      {!iconOnly && <span className="ckw-button-label">{label}</span>}
      {iconEnd !== undefined && <IconMark name={iconEnd} size={iconSize} />}
    </button>
  );
}

export function Button({ node }: ComponentProps) {
  const action = useAction(node['onClickAction'], 'self');
  const submit = useSubmit(() => action.run());
  const style = oneOf(node['style'], ['primary', 'secondary']);
  const label = textOf(node['label']) ?? '';
  const icon = textOf(node['iconStart']) ?? textOf(node['iconEnd']);
  return (
    <PlainButton
      press={node['submit'] === true ? submit : { type: 'button', onClick: () => action.run() }}
      label={label === '' ? iconWords(icon ?? 'button') : label}
      iconOnly={label === '' && icon !== undefined}
      variant={oneOf(node['variant'], controlVariants) ?? (style === 'secondary' ? 'outline' : 'solid')}
      color={oneOf(node['color'], colours) ?? style ?? 'primary'}
      size={oneOf(node['size'], controlSizes)}
      iconStart={textOf(node['iconStart'])}
      iconEnd={textOf(node['iconEnd'])}
      iconSize={textOf(node['iconSize'])}
      pill={node['pill'] === true}
      uniform={typeof node['uniform'] === 'boolean' ? node['uniform'] : undefined}
      block={node['block'] === true}
      disabled={node['disabled'] === true}
      loading={action.loading}
    />
  );
}
