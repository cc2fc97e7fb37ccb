// Keeps a mistake in one part of the page from taking the rest with it.
import { Component, type ReactNode } from 'react';

interface ErrorBoundaryProps {
  /** What is shown instead. */
  instead: ReactNode;
  children: ReactNode;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}
