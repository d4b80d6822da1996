/**
 * Whether a conversation is below a place that the configuration names by the beginning of its id: `slack` or `slack:T1`,
 * and not `slack:T12`.
 */
export function isBelow(beginning: string, conversation: string): boolean {
  return conversation === beginning || conversation.startsWith(beginning.endsWith(':') ? beginning : `${beginning}:`);
}
