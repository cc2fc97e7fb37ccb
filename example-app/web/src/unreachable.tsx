// The fallback without the official element: the reason, and the parts of the example that still work.
import { useEffect, useState } from 'react';

export function Unreachable() {
  const [health, setHealth] = useState('Asking the server…');
  useEffect(() => {
    const ended = new AbortController();
    const tell = (text: string) => {
      if (!ended.signal.aborted) setHealth(text);
    };
    const failed = () => tell('The server does not answer either. Start it with: npm run example');
    fetch('/chatkit', { signal: ended.signal }).then(
      ({ ok }) => (ok ? tell('Your server is there: /chatkit has just answered.') : failed()),
      failed,
    );
    return () => ended.abort();
  }, []);
  return (
    <div className="unreachable">
      <h2>The chat window could not be loaded</h2>
      <p>
        Its script comes from <code>cdn.platform.openai.com</code>, and this browser could not load it: it may be
        offline, or something blocks it. There is no other copy: OpenAI serves the element from there only.
      </p>
      <p role="status">{health}</p>
      <p>
        The playground at <a href="http://localhost:3000/">localhost:3000</a> shows the same assistant without any
        network.
      </p>
    </div>
  );
}
