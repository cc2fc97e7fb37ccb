// Light or dark: as chosen, or as the system says.
import { useLayoutEffect, useSyncExternalStore } from 'react';
import { looks } from '../page/settings';
import { useStore } from '../page/store';

const dark = matchMedia('(prefers-color-scheme: dark)');

function watchSystem(listener: () => void): () => void {
  dark.addEventListener('change', listener);
  return () => dark.removeEventListener('change', listener);
}

/** The theme in force. */
export function useTheme(): 'light' | 'dark' {
  const { theme } = useStore(looks);
  const systemIsDark = useSyncExternalStore(watchSystem, () => dark.matches);
  if (theme !== 'system') return theme;
  return systemIsDark ? 'dark' : 'light';
}

/** Puts the theme on the whole page. Call it once. */
export function usePageTheme(): 'light' | 'dark' {
  const theme = useTheme();
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return theme;
}
