// The paper clip: opens the browser's own choice of files.
import { Paperclip } from 'lucide-react';
import { IconButton } from '../ui/button';

const inputId = 'file-picker';

/** Opens it, as a press on the paper clip does. It must be called while a press is handled. */
export function openFilePicker(): void {
  document.getElementById(inputId)?.click();
}

interface FilePickerProps {
  /** As the attribute of an input; everything when undefined. */
  accept?: string;
  onFiles: (files: Iterable<File>) => void;
}

export function FilePicker({ accept, onFiles }: FilePickerProps) {
  return (
    <>
      <IconButton icon={Paperclip} label="Attach files" onClick={openFilePicker} />
      <input
        id={inputId}
        type="file"
        multiple
        hidden
        accept={accept}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          target.value = '';
        }}
      />
    </>
  );
}
