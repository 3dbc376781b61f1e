// Colours of curves: apart from one another for most eyes, readable on white and on dark grey.

export const PALETTE = ['#2f7ed8', '#e4572e', '#2a9d6f', '#a35bc4', '#c98a00', '#0fa3b1', '#d1477e', '#7a8b99'];

export const COLOR_MAPS = ['Viridis', 'Inferno', 'Magma', 'Plasma', 'Cividis', 'Turbo', 'Greys', 'Blues', 'RdBu', 'Sinebow'] as const;

export type ColorMapName = (typeof COLOR_MAPS)[number];
