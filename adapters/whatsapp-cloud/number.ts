/** What Graph tells about our number and our token ("Business phone numbers", "Debug token"). */
import type { Graph } from './client.ts';

export interface OwnNumber {
  display_phone_number?: string;
  verified_name?: string;
  quality_rating?: string;
}

export interface OwnToken {
  is_valid?: boolean;
  /** Seconds since the epoch; 0: never. */
  expires_at?: number;
  scopes?: string[];
}

/** @throws SendError */
export function askNumber(graph: Graph, phone: string): Promise<OwnNumber> {
  return graph.call<OwnNumber>('phone', `${phone}?fields=display_phone_number,verified_name,quality_rating`);
}

/** Where Meta delivers the number's messages; undefined: nowhere. @throws SendError */
export async function askWebhook(graph: Graph, phone: string): Promise<string | undefined> {
  const answer = await graph.call<{ webhook_configuration?: Record<string, string> }>(
    'phone',
    `${phone}?fields=webhook_configuration`,
  );
  const { phone_number, whatsapp_business_account, application } = answer.webhook_configuration ?? {};
  return phone_number ?? whatsapp_business_account ?? application;
}

/** @throws SendError; not every kind of token may ask about itself */
export async function askToken(graph: Graph): Promise<OwnToken> {
  const query = new URLSearchParams({ input_token: graph.token });
  return (await graph.call<{ data?: OwnToken }>('debug_token', `debug_token?${query}`)).data ?? {};
}
