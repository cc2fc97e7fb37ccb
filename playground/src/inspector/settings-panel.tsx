// Edits the settings of requests and uploads.
import { usePlayground } from '../page/playground';
import { headersOf, requestSettings } from '../page/settings';
import { useStore } from '../page/store';
import type { UploadStrategy } from 'chatkit-express/client';

export function SettingsPanel() {
  const { config } = usePlayground();
  const settings = useStore(requestSettings);
  const change = (changes: Partial<typeof settings>) => requestSettings.set({ ...settings, ...changes });
  const names = Object.keys(headersOf(settings.headers));
  const strategy = settings.uploadStrategy ?? (config.uploads || {}).strategy ?? 'two_phase';
  return (
    <div className="settings">
      <label className="field">
        Headers of every request
        <textarea
          rows={3}
          spellCheck={false}
          placeholder="authorization: Bearer …"
          value={settings.headers}
          onChange={({ target }) => change({ headers: target.value })}
        />
        <span className="muted small">
          One a line. They are kept until the tab is closed.
          {names.length > 0 && ` Sent: ${names.join(', ')}.`}
        </span>
      </label>
      <label className="field">
        Locale
        <input value={settings.locale} onChange={({ target }) => change({ locale: target.value })} />
        <span className="muted small">Sent as accept-language, after the page is loaded again.</span>
      </label>
      {config.uploads !== false && (
        <label className="field">
          Uploads
          <select
            value={strategy}
            onChange={({ target }) => change({ uploadStrategy: target.value as UploadStrategy })}
          >
            <option value="two_phase">Two-phase: ask where to send the file, then send it</option>
            <option value="direct">Direct: post the file to one address</option>
          </select>
        </label>
      )}
      <p className="muted small">
        Endpoint: <code>{new URL(config.url, location.href).href}</code>
      </p>
    </div>
  );
}
