// The short messages, as they are shown.
import { CircleAlert, Info, X } from 'lucide-react';
import { IconButton } from '../ui/button';
import { useStore } from './store';
import { dismissToast, toasts } from './toasts';

export function ToastList() {
  const shown = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, kind, title, detail }) => (
        <div key={id} className={`toast toast-${kind}`}>
          {kind === 'problem' ? <CircleAlert size={16} aria-hidden /> : <Info size={16} aria-hidden />}
          <div>
            <p>{title}</p>
            {detail && <p className="muted small">{detail}</p>}
          </div>
          <IconButton icon={X} size={14} label="Dismiss" onClick={() => dismissToast(id)} />
        </div>
      ))}
    </div>
  );
}
