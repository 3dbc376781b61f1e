// Keeps a view that fails from taking the page with it.

import { Component, type ReactNode } from 'react';
import { Fault } from './States';

export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error ? <Fault error={this.state.error} /> : this.props.children;
  }
}
