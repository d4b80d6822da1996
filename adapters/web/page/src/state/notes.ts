import type { NoteItem } from './thread.ts';

const KEY = 'chasqui-notes';
/** Over all conversations of this browser; the oldest go. */
const MOST_NOTES = 50;

/** What a command said, and the item that it stands behind; null: nothing was there yet. */
export interface KeptNote extends NoteItem {
  conversation: string;
  after: string | null;
}

export type Notes = ReturnType<typeof createNotes>;

/** What commands said in this browser's conversations; it outlives a reload and is no part of what a model sees. */
export function createNotes(storage: Storage | null) {
  let notes: KeptNote[] = [];
  try {
    notes = JSON.parse(storage?.getItem(KEY) ?? '[]') as KeptNote[];
  } catch {
    // What is stored is not ours or broken: there is nothing to show again.
  }

  function keep(kept: KeptNote[]): void {
    notes = kept.slice(-MOST_NOTES);
    try {
      storage?.setItem(KEY, JSON.stringify(notes));
    } catch {
      // No room: they last as long as the page.
    }
  }

  return {
    add: (note: KeptNote): void => keep([...notes, note]),
    of: (conversation: string): KeptNote[] => notes.filter((note) => note.conversation === conversation),
    /** The conversation is gone, or was forgotten. */
    drop: (conversation: string): void => keep(notes.filter((note) => note.conversation !== conversation)),
  };
}
