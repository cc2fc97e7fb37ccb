// A picture that the assistant makes, from rough to clear.
import { Download } from 'lucide-react';
import type { ItemOf } from '../protocol/wire';
import { safeUrl } from '../sanitize';

interface GeneratedImageProps {
  item: ItemOf<'generated_image'>;
  open: boolean;
  /** From 0 to 1. */
  progress?: number;
}

export function GeneratedImage({ item, open, progress }: GeneratedImageProps) {
  const src = safeUrl(item.image?.url, 'image');
  return (
    <figure className="generated-image" data-open={open}>
      {src === undefined ? (
        <div className="image-placeholder">{item.image ? 'The image has no safe address' : 'Drawing…'}</div>
      ) : (
        <img src={src} alt={open ? 'Image being generated' : 'Generated image'} />
      )}
      {open && (
        <progress value={progress} max={1} aria-label="Progress of the image">
          {Math.round((progress ?? 0) * 100)}%
        </progress>
      )}
      {src !== undefined && !open && (
        <a
          className="icon-button image-download"
          href={src}
          download="image"
          aria-label="Download the image"
          title="Download the image"
        >
          <Download size={16} aria-hidden />
        </a>
      )}
    </figure>
  );
}
