/** WhatsApp takes “typing…” away after 25 s, or with the next message ("Typing indicators"; whatsapp-web.js, Chat.sendStateTyping). */
export const TYPING_EVERY_MS = 20_000;
