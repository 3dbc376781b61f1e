// A row of the tree.

import type { MouseEvent } from 'react';
import { Icon, type IconName } from '../shell/Icon';
import { shapeText } from '../text';
import type { Child } from '../api/types';
import type { Row } from './model';

interface Props {
  index: number;
  row: Row;
  top: number;
  height: number;
  active: boolean;
  selected: boolean;
  marked: boolean;
  onClick: (event: MouseEvent) => void;
  onToggle: () => void;
  onMark: () => void;
}

export function TreeRow({ index, row, top, height, active, selected, marked, onClick, onToggle, onMark }: Props) {
  const style = { transform: `translateY(${top}px)`, height, paddingLeft: 8 + row.depth * 14 };
  const level = row.depth + 1;
  if (row.kind === 'error') {
    return (
      <div id={`row-${index}`} role="treeitem" aria-level={level} aria-selected={false} className="row row-error" style={style}>
        <span className="row-toggle" />
        <Icon name="broken" />
        <span className="row-name" title={row.message}>{row.message}</span>
      </div>
    );
  }
  if (row.kind === 'waiting') {
    return (
      <div id={`row-${index}`} role="treeitem" aria-level={level} aria-selected={false} className="row row-waiting" style={style}
        aria-label="Loading">
        <span className="row-toggle" />
        <span className="skeleton" />
      </div>
    );
  }
  const { child } = row;
  const group = child.kind === 'group';
  const classes = ['row', selected && 'is-selected', active && 'is-active', marked && 'is-marked', child.error && 'row-error'];
  return (
    <div
      id={`row-${index}`}
      role="treeitem"
      aria-level={level}
      aria-expanded={group ? row.open : undefined}
      aria-selected={selected || marked}
      aria-setsize={row.total}
      aria-posinset={row.position + 1}
      className={classes.filter(Boolean).join(' ')}
      style={style}
      title={child.error?.message ?? (child.link === 'hard' ? child.name : `${child.name} -> ${child.target ?? ''}`)}
      data-path={child.path}
      onClick={onClick}
      onDoubleClick={group ? onToggle : undefined}
    >
      <span
        aria-hidden="true"
        className={`row-toggle${group && index !== 0 ? ' can-toggle' : ''}${row.open ? ' is-open' : ''}`}
        onClick={(event) => {
          if (!group || index === 0) return;
          event.stopPropagation();
          onToggle();
        }}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        {group && index !== 0 && <Icon name="chevron" />}
      </span>
      <Icon name={iconOf(child)} />
      <span className="row-name">{child.name}</span>
      <span className="visually-hidden">{describe(child, marked)}</span>
      {child.title && child.title !== child.name && <span className="row-title">{child.title}</span>}
      {child.badge && <span className={`badge badge-${tone(child.badge)}`}>{child.badge}</span>}
      {child.link !== 'hard' && <Icon name="link" />}
      <span className="row-detail">{detail(child)}</span>
      {(child.class === 'number' || child.class === 'complex') && (
        <span
          aria-hidden="true"
          className="row-mark"
          title={marked ? 'Leave out of the comparison (Space)' : 'Compare with others (Space or Ctrl and click)'}
          onClick={(event) => {
            event.stopPropagation();
            onMark();
          }}
        >
          <Icon name={marked ? 'check' : 'plus'} />
        </span>
      )}
    </div>
  );
}

/** What a row shows as an icon or a colour, in words. */
function describe(child: Child, marked: boolean): string {
  const parts = [child.kind, child.type, child.error?.message, marked && 'marked for comparison'];
  return `, ${parts.filter(Boolean).join(', ')}, `;
}

function detail(child: Child): string {
  if (child.kind === 'group') return child.children === null ? '' : child.children.toLocaleString('en');
  return child.shape && child.shape.length > 0 ? shapeText(child.shape) : '';
}

export function iconOf(child: Pick<Child, 'kind' | 'class' | 'shape' | 'badge' | 'error'>): IconName {
  if (child.error || child.kind === 'unresolved') return 'broken';
  if (child.kind === 'group') return child.badge === 'scan' ? 'scan' : 'group';
  if (child.kind === 'datatype') return 'type';
  if (child.badge === 'axis') return 'axis';
  if (child.badge === 'log' || child.badge === 'strings') return 'text';
  if (child.class === 'text') return 'text';
  if (child.class === 'compound') return 'table';
  const rank = child.shape?.length ?? 0;
  return rank === 0 ? 'scalar' : rank === 1 ? 'line' : rank === 2 ? 'image' : 'cube';
}

/** Colours of badges: what PyMoDAQ saves as data, as axes, and the modules. */
function tone(badge: string): string {
  if (badge.startsWith('data')) return 'data';
  if (badge === 'axis') return 'axis';
  if (badge === 'scan') return 'scan';
  return 'plain';
}
