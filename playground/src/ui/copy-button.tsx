// A button that copies a text and confirms that the text was copied.
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { showToast } from '../page/toasts';
import { Button, IconButton } from './button';

interface CopyButtonProps {
  label: string;
  /** Returns the text to copy. Called when the button is pressed. */
  text: () => string;
  /** Shows the label beside the icon. */
  words?: boolean;
}

export function CopyButton({ label, text, words = false }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text()).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 1500);
      },
      () => showToast({ kind: 'problem', title: 'The browser does not let this page copy' }),
    );
  };
  const icon = copied ? Check : Copy;
  const said = copied ? 'Copied' : label;
  if (words) {
    return (
      <Button look="outline" icon={icon} onClick={copy}>
        {said}
      </Button>
    );
  }
  return <IconButton icon={icon} label={said} size={16} onClick={copy} />;
}
