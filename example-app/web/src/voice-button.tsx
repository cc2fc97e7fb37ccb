// A button to speak instead of typing: pressed once it records, pressed again it asks the server for the words.
import { useRef, useState } from 'react';
import { record, transcribe } from './voice';

type Phase = 'idle' | 'recording' | 'transcribing';

const labels: Record<Phase, string> = { idle: 'Speak', recording: 'Stop and write', transcribing: 'Writing…' };

export function VoiceButton({ onText }: { onText: (text: string) => void }) {
  const [phase, setPhase] = useState<Phase>('idle');
  const [fault, setFault] = useState('');
  const stop = useRef<() => Promise<Blob>>(undefined);

  const press = async () => {
    setFault('');
    try {
      if (phase === 'idle') {
        stop.current = await record();
        setPhase('recording');
      } else if (phase === 'recording' && stop.current) {
        setPhase('transcribing');
        onText(await transcribe(await stop.current()));
        setPhase('idle');
      }
    } catch (error) {
      setFault(error instanceof Error ? error.message : 'That did not work');
      setPhase('idle');
    }
  };

  return (
    <span className="voice">
      <button
        type="button"
        aria-pressed={phase === 'recording'}
        disabled={phase === 'transcribing'}
        onClick={() => void press()}
      >
        <span aria-hidden="true" className="dot" /> {labels[phase]}
      </button>
      <span role="status">{fault}</span>
    </span>
  );
}
