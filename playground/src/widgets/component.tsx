// Draws a component by its type. A placeholder replaces an unknown component, and a component that throws, so that
// faults are visible and do not break the page.
import { Component as ReactComponent, createContext, type ErrorInfo, type ReactNode, use } from 'react';
import { childrenOf, type Node, textOf } from './read-props';
import { useWidget } from './widget-context';

/** The deepest level that is drawn. It is deeper than any useful widget. */
const deepest = 100;
const DepthContext = createContext(0);

export function Component({ node }: { node: Node }) {
  const { components } = useWidget();
  const depth = use(DepthContext);
  const Drawn = Object.hasOwn(components, node.type) ? components[node.type] : undefined;
  if (depth >= deepest) return <Placeholder node={node} reason={`Nested more than ${deepest} deep`} />;
  if (!Drawn) return <Placeholder node={node} reason="Unknown component" />;
  return (
    <Boundary key={node.type} node={node}>
      <DepthContext value={depth + 1}>
        <Drawn node={node} />
      </DepthContext>
    </Boundary>
  );
}

/** Draws the children in a component's props. */
export function Children({ of }: { of: unknown }) {
  const seen = new Set<string>();
  return childrenOf(of).map((node, index) => {
    const name = textOf(node['key']) ?? textOf(node['id']) ?? `${node.type} ${index}`;
    const key = seen.has(name) ? `${name} ${index}` : name;
    seen.add(name);
    return <Component key={key} node={node} />;
  });
}

/** Shows the reason why a component was not drawn, and the JSON of the component. */
function Placeholder({ node, reason }: { node: Node; reason: string }) {
  return (
    <div className="ckw-placeholder" role="note">
      <span>
        {reason}: <code>{node.type === '' ? 'no type' : node.type}</code>
      </span>
      <details>
        <summary>JSON</summary>
        <pre>{JSON.stringify(node, null, 2)}</pre>
      </details>
    </div>
  );
}

interface BoundaryProps {
  node: Node;
  children: ReactNode;
}

interface BoundaryState {
  failed: boolean;
  node: Node;
}

class Boundary extends ReactComponent<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { failed: false, node: this.props.node };

  static getDerivedStateFromError(): Partial<BoundaryState> {
    return { failed: true };
  }

  // A changed component is tried again, because the change may have removed the cause of the error.
  static getDerivedStateFromProps({ node }: BoundaryProps, state: BoundaryState): Partial<BoundaryState> | null {
    return node === state.node ? null : { node, failed: false };
  }

  override componentDidCatch(error: Error, { componentStack }: ErrorInfo) {
    console.error('A component of a widget could not be drawn', this.props.node, error, componentStack);
  }

  override render() {
    const { node, children } = this.props;
    return this.state.failed ? <Placeholder node={node} reason="Could not be drawn" /> : children;
  }
}
