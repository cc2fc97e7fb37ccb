// Places the chat in the page, beside the page, above the page or in a corner. One <dialog> is used for all places, and
// its content stays mounted, so that the open thread and a running answer survive a change of place.
import { type ReactNode, useEffect, useRef } from 'react';

export const places = ['panel', 'sidebar', 'modal', 'floating'] as const;
export type Place = (typeof places)[number];

interface FrameProps {
  place: Place;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
}

// #region frame
export function Frame({ place, open, onClose, children }: FrameProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = dialog;
    if (!open || !current) return undefined;
    // A modal traps the focus and is closed with Escape. The others leave the page usable.
    if (place === 'modal') current.showModal();
    else if (place === 'panel')
      current.open = true; // part of the page: does not take the focus
    else current.show();
    return () => current.close();
  }, [place, open]);
  return (
    <dialog ref={dialog} className="frame" data-place={place} aria-label="Chat" onCancel={onClose}>
      {place !== 'panel' && (
        <button type="button" className="close" onClick={onClose}>
          Close
        </button>
      )}
      {children}
    </dialog>
  );
}
// #endregion
