// What is shown while something is awaited, and when it does not come.

import { Refusal } from '../api/client';
import { errorText } from '../text';
import { Icon } from './Icon';

export function Waiting({ what = 'Reading' }: { what?: string }) {
  return (
    <div className="waiting" role="status">
      <span className="spinner" aria-hidden="true" />
      {what}
    </div>
  );
}

const KINDS: Record<string, string> = {
  format: 'This part of the file is damaged',
  limit: 'More than can be shown at once',
  unsupported: 'This cannot be read yet',
  not_found: 'This is not there',
  permission_denied: 'This is not allowed',
  io: 'Reading failed',
};

export function Fault({ error, kind }: { error: unknown; kind?: string }) {
  const of = kind ?? (error instanceof Refusal ? error.kind : '');
  return (
    <div className="fault" role="alert">
      <Icon name="broken" />
      <div>
        <strong>{KINDS[of] ?? 'This could not be shown'}</strong>
        <p>{errorText(error)}</p>
      </div>
    </div>
  );
}
