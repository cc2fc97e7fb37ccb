// An icon that the server named.
import { iconOf } from '../widgets';

/** The icon of this name. It is hidden from screen readers, because a text beside it says the same. */
export function NamedIcon({ name, size = 16 }: { name: string; size?: number }) {
  const { drawing: Drawing, filled } = iconOf(name);
  return <Drawing size={size} fill={filled ? 'currentColor' : 'none'} aria-hidden />;
}
