// Icons, drawn for this page: 16 by 16, one stroke.

const PATHS = {
  group: 'M1.5 4.5v8h13v-7h-7l-1.5-2h-4.5z',
  scan: 'M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9l5 5M14 9l-5 5',
  line: 'M1.5 13.5h13M2 10l3-5 3 4 3-7 3 6',
  image: 'M2 2.5h12v11H2zM2 11l4-4 3 3 2-2 3 3',
  cube: 'M8 1.5l6 3v7l-6 3-6-3v-7zM2 4.5l6 3 6-3M8 7.5v7',
  scalar: 'M8 3.5a4.5 4.5 0 100 9 4.5 4.5 0 100-9zM8 8h.01',
  axis: 'M1.5 8h13M4 5.5v5M8 5.5v5M12 5.5v5',
  table: 'M2 2.5h12v11H2zM2 6h12M2 9.75h12M6.5 2.5v11',
  text: 'M2.5 3.5h11M2.5 6.5h11M2.5 9.5h11M2.5 12.5h6',
  type: 'M3 4V2.5h10V4M8 2.5v11M6 13.5h4',
  broken: 'M8 1.8l6.5 11.7h-13zM8 6.5v3.2M8 11.6h.01',
  link: 'M6.5 9.5l3-3M7 4.8l1.3-1.3a2.6 2.6 0 013.7 3.7L10.7 8.5M9 11.2l-1.3 1.3a2.6 2.6 0 01-3.7-3.7L5.3 7.5',
  chevron: 'M6 3.5l4.5 4.5L6 12.5',
  plus: 'M8 3v10M3 8h10',
  check: 'M3 8.5l3.5 3.5L13 4.5',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  search: 'M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 100-9zM10.3 10.3l4 4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  save: 'M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11',
  sun: 'M8 5a3 3 0 100 6 3 3 0 100-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.5 9.5A6 6 0 016.5 2.5a6 6 0 107 7z',
  auto: 'M8 2a6 6 0 100 12A6 6 0 108 2zM8 2v12M8 5h3.5M8 8h6M8 11h3.5',
  help: 'M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 108 1.8zM6 6.2a2 2 0 114 0c0 1.5-2 1.6-2 3.1M8 11.6h.01',
  menu: 'M2 4h12M2 8h12M2 12h12',
  refresh: 'M13.5 8a5.5 5.5 0 11-1.6-3.9L13.5 5.5M13.5 2v3.5H10',
  expand: 'M3 5l5 5 5-5',
  collapse: 'M3 11l5-5 5 5',
  file: 'M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3',
  comment: 'M2 3h12v8.5H7L4 14v-2.5H2z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, label }: { name: IconName; label?: string }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" strokeWidth="1.4"
      strokeLinecap="round" strokeLinejoin="round" role={label ? 'img' : undefined} aria-label={label} aria-hidden={label ? undefined : true}>
      <path d={PATHS[name]} />
    </svg>
  );
}
