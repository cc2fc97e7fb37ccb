// An icon whose name comes from the server.
import { iconOf } from '../widgets';

/** Draws the icon with this name. The icon is hidden from screen readers, because a text beside it says the same. */
export function NamedIcon({ name, size = 16 }: { name: string; size?: number }) {
  const { drawing: Drawing, filled } = iconOf(name);
  return <Drawing size={size} fill={filled ? 'currentColor' : 'none'} aria-hidden />;
}
