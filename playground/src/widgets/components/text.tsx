// Text that can stream or be edited, titles, captions and Markdown.
import type { CSSProperties } from 'react';
import { Markdown as SafeMarkdown } from '../../sanitize';
import { isRecord, numberOf, oneOf, type Props, textOf } from '../read-props';
import { lengthOf, withoutGaps } from '../style/box';
import { colourOf, type Theme } from '../style/colour';
import { type ComponentProps, useTheme } from '../widget-context';
import { TextField } from './text-field';

const weights = ['normal', 'medium', 'semibold', 'bold'] as const;

/** Returns the style that all text components share. */
function textLook(node: Props, theme: Theme) {
  const lines = numberOf(node['maxLines']);
  const style: CSSProperties = withoutGaps({
    color: colourOf(node['color'], theme, 'text'),
    textAlign: oneOf(node['textAlign'], ['start', 'center', 'end']),
    WebkitLineClamp: lines,
  });
  return {
    style,
    'data-size': textOf(node['size']),
    'data-weight': oneOf(node['weight'], weights),
    'data-truncate': node['truncate'] === true,
    'data-clamped': lines !== undefined,
  };
}

/** Returns true if a field of one line would cut off the text. */
const isLong = (value: unknown) => (textOf(value)?.length ?? 0) > 45;

export function Text({ node }: ComponentProps) {
  const { style, ...look } = textLook(node, useTheme());
  const { editable } = node;
  const lines = numberOf(node['minLines']);
  const own = withoutGaps({
    width: lengthOf(node['width']),
    minHeight: lines === undefined ? undefined : `${lines}lh`,
    fontStyle: node['italic'] === true ? 'italic' : undefined,
    textDecoration: node['lineThrough'] === true ? 'line-through' : undefined,
  });
  if (isRecord(editable)) {
    return (
      <TextField
        props={{ ...editable, defaultValue: node['value'] }}
        className="ckw-text ckw-editable"
        look={{ ...look, style: { ...style, ...own } }}
        lines={lines ?? (isLong(node['value']) ? 1 : undefined)}
      />
    );
  }
  const streaming = node['streaming'] === true;
  return (
    <p className="ckw-text" {...look} data-streaming={streaming} style={{ ...style, ...own }}>
      {textOf(node['value'])}
    </p>
  );
}

export const Title = ({ node }: ComponentProps) => (
  <h3 className="ckw-title" {...textLook(node, useTheme())}>
    {textOf(node['value'])}
  </h3>
);

export const Caption = ({ node }: ComponentProps) => (
  <p className="ckw-caption" {...textLook(node, useTheme())}>
    {textOf(node['value'])}
  </p>
);

export const Markdown = ({ node }: ComponentProps) => (
  <div className="ckw-markdown" data-streaming={node['streaming'] === true}>
    <SafeMarkdown text={textOf(node['value']) ?? ''} />
  </div>
);
