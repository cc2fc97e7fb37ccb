// Components without children: a badge, an icon and an image.
import { type CSSProperties, useState } from 'react';
import { safeUrl } from '../../sanitize';
import { iconOf } from '../icons';
import { oneOf, textOf } from '../read-props';
import { blockStyle, flexStyle, withoutGaps } from '../style/box';
import { colourOf } from '../style/colour';
import { type ComponentProps, useTheme } from '../widget-context';

const badgeColours = ['secondary', 'success', 'danger', 'warning', 'info', 'discovery'] as const;

export function Badge({ node }: ComponentProps) {
  return (
    <span
      className="ckw-badge"
      data-color={oneOf(node['color'], badgeColours) ?? 'secondary'}
      data-variant={oneOf(node['variant'], ['solid', 'soft', 'outline']) ?? 'soft'}
      data-size={oneOf(node['size'], ['sm', 'md', 'lg']) ?? 'sm'}
      data-pill={node['pill'] === true}
    >
      {textOf(node['label'])}
    </span>
  );
}

/** Draws an icon, which a text beside it describes. An unknown icon shows its name as a tooltip. */
export function IconMark({ name, size = 'md', style }: { name: string; size?: string; style?: CSSProperties }) {
  const { drawing: Drawing, filled, known } = iconOf(name);
  return (
    <span
      className="ckw-icon"
      data-icon={name}
      data-size={size}
      data-filled={filled}
      title={known ? undefined : name}
      style={style}
      aria-hidden="true"
    >
      <Drawing size="1em" />
    </span>
  );
}

const iconSizes = ['xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl'] as const;

export function Icon({ node }: ComponentProps) {
  const color = colourOf(node['color'], useTheme(), 'text');
  return <IconMark name={textOf(node['name']) ?? ''} size={oneOf(node['size'], iconSizes)} style={{ color }} />;
}

// prettier-ignore
const positions = [
  'top left', 'top', 'top right', 'left', 'center', 'right', 'bottom left', 'bottom', 'bottom right',
] as const;

export function Image({ node }: ComponentProps) {
  const theme = useTheme();
  const source = safeUrl(node['src'], 'image');
  const [broken, setBroken] = useState<string>();
  const alt = textOf(node['alt']) ?? '';
  const style = withoutGaps({
    ...blockStyle(node),
    ...flexStyle(node['flex']),
    background: colourOf(node['background'], theme, 'background'),
    objectFit: oneOf(node['fit'], ['cover', 'contain', 'fill', 'scale-down', 'none']),
    objectPosition: oneOf(node['position'], positions),
  });
  const look = { className: 'ckw-image', 'data-frame': node['frame'] === true, 'data-flush': node['flush'] === true };
  if (source === undefined || broken === source) {
    const words = alt === '' ? 'Picture cannot be shown' : alt;
    return (
      <span {...look} className="ckw-image ckw-image-missing" role="img" aria-label={words} title={words} style={style}>
        <IconMark name="square-image" size="lg" />
      </span>
    );
  }
  // No referrer is sent, so that the host of the image does not learn the address of the page.
  return (
    <img
      {...look}
      src={source}
      alt={alt}
      style={style}
      referrerPolicy="no-referrer"
      onError={() => setBroken(source)}
    />
  );
}
