// Components that lay out their children.
import { Children, Component } from '../component';
import { childrenOf, oneOf, textOf } from '../read-props';
import { boxStyle, lengthOf, spacingOf, withoutGaps } from '../style/box';
import { colourOf } from '../style/colour';
import { type ComponentProps, ForcedTheme, useTheme } from '../widget-context';
import { FormScope } from './form-scope';

const directionOf = (value: unknown, fallback: 'row' | 'col') => oneOf(value, ['row', 'col']) ?? fallback;

/** Draws a root without a frame. */
export function Basic({ node }: ComponentProps) {
  return (
    <ForcedTheme theme={node['theme']}>
      {(theme) => (
        <div
          className="ckw-box ckw-basic"
          data-ckw-theme={theme}
          data-direction={directionOf(node['direction'], 'col')}
          style={boxStyle(node, theme)}
        >
          <Children of={node['children']} />
        </div>
      )}
    </ForcedTheme>
  );
}

function Flex({ node, direction, className = '' }: ComponentProps & { direction: 'row' | 'col'; className?: string }) {
  return (
    <div className={`ckw-box ${className}`} data-direction={direction} style={boxStyle(node, useTheme())}>
      <Children of={node['children']} />
    </div>
  );
}

export const Box = ({ node }: ComponentProps) => (
  <Flex node={node} direction={directionOf(node['direction'], 'col')} className="ckw-plain" />
);
export const Row = ({ node }: ComponentProps) => <Flex node={node} direction="row" />;
export const Col = ({ node }: ComponentProps) => <Flex node={node} direction="col" />;

export function Form({ node }: ComponentProps) {
  const style = boxStyle(node, useTheme());
  return (
    <FormScope
      action={node['onSubmitAction']}
      className="ckw-box"
      direction={directionOf(node['direction'], 'col')}
      style={style}
    >
      <Children of={node['children']} />
    </FormScope>
  );
}

export function Spacer({ node }: ComponentProps) {
  const size = lengthOf(node['minSize']);
  return <div className="ckw-spacer" style={withoutGaps({ minWidth: size, minHeight: size })} />;
}

export function Divider({ node }: ComponentProps) {
  const spacing = spacingOf(node['spacing']);
  const style = withoutGaps({
    marginTop: spacing,
    marginBottom: spacing,
    borderTopWidth: lengthOf(node['size']),
    borderTopColor: colourOf(node['color'], useTheme(), 'border'),
  });
  return <hr className="ckw-divider" data-flush={node['flush'] === true} style={style} />;
}

/** Fades in the child, and each new child whose key differs. */
export function Transition({ node }: ComponentProps) {
  const [child] = childrenOf(node['children']);
  if (!child) return null;
  const key = textOf(child['key']) ?? textOf(child['id']) ?? child.type;
  return (
    <div key={key} className="ckw-transition">
      <Component node={child} />
    </div>
  );
}
