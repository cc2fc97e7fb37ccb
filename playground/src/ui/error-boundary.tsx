// Prevents an error in one part of the page from breaking the rest.
import { Component, type ReactNode } from 'react';

interface ErrorBoundaryProps {
  /** The content that is shown after an error. */
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
