// An icon that the server named.
import { Sparkles } from 'lucide-react';

/** The icon of this name, for the eye only: what it stands for is said beside it. */
export function NamedIcon({ name, size = 16 }: { name: string; size?: number }) {
  return <Sparkles size={size} aria-hidden data-icon={name} />;
}
