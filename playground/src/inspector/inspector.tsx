// Shows the inspector beside the chat.
import { X } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../ui/button';
import { Tabs } from '../ui/tabs';
import { HandlersPanel } from './handlers-panel';
import { SettingsPanel } from './settings-panel';
import { Traffic } from './traffic';

const tabs = [
  { id: 'traffic', label: 'Traffic' },
  { id: 'handlers', label: 'Handlers' },
  { id: 'settings', label: 'Settings' },
];

export function Inspector({ onClose }: { onClose: () => void }) {
  const [tab, setTab] = useState('traffic');
  return (
    <aside className="inspector" aria-label="Inspector">
      <Tabs
        label="Inspector"
        tabs={tabs}
        current={tab}
        onChange={setTab}
        tools={<IconButton icon={X} label="Close the inspector" onClick={onClose} />}
      >
        {tab === 'traffic' && <Traffic />}
        {tab === 'handlers' && <HandlersPanel />}
        {tab === 'settings' && <SettingsPanel />}
      </Tabs>
    </aside>
  );
}
