/** What a conversation's id may contain, so that it can stand in a key's hash tag and in a page's address. */
const CONVERSATION = /^[\w.:@+-]{1,200}$/;

/** The keys of one conversation. They share a hash tag, so one Lua call can touch them all on a Redis Cluster. */
export function conversationKeys(prefix: string, conversation: string) {
  if (!CONVERSATION.test(conversation)) {
    throw new Error(
      `conversation id ${JSON.stringify(conversation.slice(0, 80))}: only letters, digits and _.:@+- are allowed, at most 200`,
    );
  }
  const base = `${prefix}:{${conversation}}`;
  return {
    inbox: `${base}:inbox`,
    seen: `${base}:seen`,
    turn: `${base}:turn`,
    history: `${base}:history`,
    meta: `${base}:meta`,
    people: `${base}:people`,
    edits: `${base}:edits`,
    judged: `${base}:judged`,
  };
}

export type ConversationKeys = ReturnType<typeof conversationKeys>;

/** Channel on which a stop is announced to the workers; the message is the conversation's id. */
export const stopChannel = (prefix: string): string => `${prefix}:stop`;

/** For SCAN: every inbox under a prefix. */
export const inboxPattern = (prefix: string): string => `${prefix}:{*}:inbox`;

export const conversationOfInbox = (prefix: string, key: string): string =>
  key.slice(prefix.length + 2, -'}:inbox'.length);
