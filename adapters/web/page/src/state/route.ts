/** `#c=<id>` names the open conversation; anything else is a new one. */
export function conversationInHash(hash: string): string | null {
  return /^#c=([\w-]{1,64})$/.exec(hash)?.[1] ?? null;
}

export function hashOf(conversation: string | null): string {
  return conversation ? `#c=${conversation}` : '#';
}

/** Puts the open conversation into the address; `replace` leaves no step for the back button. */
export function showInAddress(conversation: string | null, how: 'push' | 'replace'): void {
  if (conversationInHash(location.hash) === conversation) return;
  const address = location.pathname + location.search + (conversation ? hashOf(conversation) : '');
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}
