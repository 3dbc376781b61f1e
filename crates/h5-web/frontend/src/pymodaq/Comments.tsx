// Comments: read, and with a file that may be written to, added.

import { useState, type FormEvent } from 'react';
import { useSource } from '../store';
import { errorText } from '../text';

interface Props {
  path: string;
  comments: string;
}

export default function Comments({ path, comments }: Props) {
  const { client, write } = useSource();
  const [text, setText] = useState(comments);
  const [draft, setDraft] = useState('');
  const [said, setSaid] = useState('');
  const add = async (event: FormEvent) => {
    event.preventDefault();
    try {
      setText((await client.comment(path, draft)).comments);
      setDraft('');
      setSaid('Added');
    } catch (error) {
      setSaid(errorText(error));
    }
  };
  return (
    <div className="sheet comments">
      {text ? <p className="comment" data-comments>{text}</p> : <p className="quiet">No comments.</p>}
      {write ? (
        <form onSubmit={(event) => void add(event)}>
          <label>
            <span>New comment</span>
            <textarea rows={3} value={draft} onChange={(event) => setDraft(event.target.value)} />
          </label>
          <button type="submit" className="button button-main" disabled={draft.trim() === ''}>Add comment</button>
          <span role="status" className="quiet">{said}</span>
        </form>
      ) : (
        <p className="quiet">The file is open for reading only. Start <code>h5 browse --write</code> to add comments.</p>
      )}
    </div>
  );
}
