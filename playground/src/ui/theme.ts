// The theme of the page: the user's choice, or else the theme of the system.
import { useLayoutEffect, useSyncExternalStore } from 'react';
import { looks } from '../page/settings';
import { useStore } from '../page/store';

const dark = matchMedia('(prefers-color-scheme: dark)');

function watchSystem(listener: () => void): () => void {
  dark.addEventListener('change', listener);
  return () => dark.removeEventListener('change', listener);
}

/** Returns the current theme. */
export function useTheme(): 'light' | 'dark' {
  const { theme } = useStore(looks);
  const systemIsDark = useSyncExternalStore(watchSystem, () => dark.matches);
  if (theme !== 'system') return theme;
  return systemIsDark ? 'dark' : 'light';
}

/** Applies the current theme to the whole page and returns the theme. Call it once. */
export function usePageTheme(): 'light' | 'dark' {
  const theme = useTheme();
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return theme;
}
