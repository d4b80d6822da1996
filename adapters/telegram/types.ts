/** What we read of Telegram's objects. https://core.telegram.org/bots/api#available-types */
export type User = { id: number; is_bot: boolean; first_name: string; last_name?: string; username?: string };
export type File = {
  file_id: string;
  file_unique_id: string;
  file_name?: string;
  mime_type?: string;
  file_size?: number;
};
/** `offset` and `length` in UTF-16 units. */
export type Entity = { type: string; offset: number; length: number };
export type Chat = { id: number; type: string; title?: string; first_name?: string; username?: string };
/** https://core.telegram.org/bots/api#messageorigin */
export type Origin = { sender_user?: User; sender_user_name?: string; sender_chat?: Chat; chat?: Chat };
type Place = { latitude: number; longitude: number };

/** What a message may hold beside text; an `external_reply` has these too. */
export interface Content {
  document?: File;
  photo?: File[];
  video?: File;
  audio?: File;
  animation?: File;
  voice?: File;
  poll?: { question: string; options: { text: string }[] };
  location?: Place;
  venue?: { location: Place; title: string; address: string };
}

export interface Message extends Content {
  message_id: number;
  message_thread_id?: number;
  is_topic_message?: boolean;
  from?: User;
  /** On whose behalf it was written: the group itself (an anonymous administrator), or a channel. */
  sender_chat?: Chat;
  author_signature?: string;
  /** A channel's post in the group that belongs to it. */
  is_automatic_forward?: boolean;
  chat: Chat;
  /** In seconds. */
  date: number;
  text?: string;
  entities?: Entity[];
  caption?: string;
  caption_entities?: Entity[];
  reply_to_message?: Message;
  /** The part of it that was marked. */
  quote?: { text: string };
  /** A message of another chat that it replies to. */
  external_reply?: Content & { origin: Origin };
  forward_origin?: Origin;
  /** A topic's first message, which each message of the topic seems to reply to. */
  forum_topic_created?: object;
}

export interface Reaction {
  chat: Chat;
  message_id: number;
  user?: User;
  actor_chat?: Chat;
  /** All reactions of this person before and after. */
  old_reaction: { emoji?: string }[];
  new_reaction: { emoji?: string }[];
}

export interface Update {
  update_id: number;
  message?: Message;
  edited_message?: Message;
  message_reaction?: Reaction;
}
