import { useSyncExternalStore } from 'react';

export const THEME_CHOICES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];
export type ThemeMode = 'light' | 'dark';

/** What is offered to choose from. */
export const THEME_OPTIONS: readonly { readonly value: ThemeChoice; readonly label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

const KEY = 'inlay.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

let choice: ThemeChoice = 'system';

/** Does as was chosen the last time; call before anything is drawn. */
export function restoreTheme(): void {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(KEY);
  } catch (error) {
    // Browsers may forbid it (HTML standard, "localStorage"); then the system decides.
    if (!(error instanceof DOMException)) throw error;
  }
  apply(THEME_CHOICES.find((one) => one === stored) ?? 'system');
  dark.addEventListener('change', notify);
}

/** Chooses between light, dark and what the system says, for this browser. */
export function chooseTheme(next: ThemeChoice): void {
  apply(next);
  notify();
  try {
    if (next === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** What was chosen. */
export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, () => choice);
}

/** What it comes to. */
export function useThemeMode(): ThemeMode {
  return useSyncExternalStore(subscribe, () => {
    if (choice !== 'system') return choice;
    return dark.matches ? 'dark' : 'light';
  });
}

function apply(next: ThemeChoice): void {
  choice = next;
  if (next === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify(): void {
  for (const listener of listeners) listener();
}
