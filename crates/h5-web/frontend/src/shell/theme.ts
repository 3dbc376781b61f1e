// Dark or light, or as the system has it.

export type Theme = 'auto' | 'light' | 'dark';

export const THEMES: Theme[] = ['auto', 'light', 'dark'];

export function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem('h5-theme');
    return THEMES.find((theme) => theme === kept) ?? 'auto';
  } catch {
    return 'auto';
  }
}

export function applyTheme(theme: Theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('h5-theme', theme);
  } catch {
    // Not kept, but applied.
  }
}
