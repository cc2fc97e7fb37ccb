// An icon that the server named.
import { iconOf } from '../widgets';

/** The icon of this name, for the eye only: what it stands for is said beside it. */
export function NamedIcon({ name, size = 16 }: { name: string; size?: number }) {
  const { drawing: Drawing, filled } = iconOf(name);
  return <Drawing size={size} fill={filled ? 'currentColor' : 'none'} aria-hidden />;
}
