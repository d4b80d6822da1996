/** The parts of Meta's webhook that matter here ("messages webhook reference"); everything may be missing. */
import type { GraphError } from '../errors.ts';

export interface WebhookBody {
  object?: string;
  entry?: { changes?: { field?: string; value?: WebhookValue }[] }[];
}

export interface WebhookValue {
  metadata?: { phone_number_id?: string };
  contacts?: { profile?: { name?: string }; wa_id?: string; user_id?: string }[];
  messages?: WebhookMessage[];
  statuses?: WebhookStatus[];
  errors?: GraphError[];
}

export interface WebhookMedia {
  id?: string;
  mime_type?: string;
  caption?: string;
  filename?: string;
  voice?: boolean;
}

export interface WebhookMessage {
  from?: string;
  from_user_id?: string;
  group_id?: string;
  id?: string;
  /** Seconds since the epoch. */
  timestamp?: string;
  type?: string;
  context?: { id?: string };
  text?: { body?: string };
  button?: { text?: string };
  interactive?: { button_reply?: { title?: string }; list_reply?: { title?: string; description?: string } };
  image?: WebhookMedia;
  document?: WebhookMedia;
  audio?: WebhookMedia;
  video?: WebhookMedia;
  location?: { latitude?: number; longitude?: number; name?: string; address?: string };
  reaction?: { message_id?: string; emoji?: string };
  edit?: { original_message_id?: string; message?: WebhookMessage };
  revoke?: { original_message_id?: string };
}

export interface WebhookStatus {
  id?: string;
  status?: string;
  /** Seconds since the epoch. */
  timestamp?: string;
  recipient_id?: string;
  recipient_user_id?: string;
  biz_opaque_callback_data?: string;
  errors?: GraphError[];
}
