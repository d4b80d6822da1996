/**
 * Addresses. A Wid is an object for those who call, and a string wherever it passes through JSON (`toJSON`): that is why
 * the library's events carry strings where what its calls return carries objects. A MsgKey has no `toJSON`.
 */
const SERVERS = ['c.us', 'lid', 'g.us', 'broadcast', 'newsletter', 'call', 'bot'];

export class Wid {
  constructor(user, server) {
    this.server = server;
    this.user = user;
    this._serialized = `${user}@${server}`;
  }

  isUser() {
    return this.server === 'c.us' || this.server === 'lid';
  }

  isRegularUser() {
    return this.isUser();
  }

  isLid() {
    return this.server === 'lid';
  }

  isGroup() {
    return this.server === 'g.us';
  }

  isNewsletter() {
    return this.server === 'newsletter';
  }

  isStatus() {
    return this._serialized === 'status@broadcast';
  }

  isBroadcast() {
    return this.server === 'broadcast';
  }

  equals(other) {
    return other?._serialized === this._serialized;
  }

  toJid() {
    return this._serialized.replace('@c.us', '@s.whatsapp.net');
  }

  toString() {
    return this._serialized;
  }

  toJSON() {
    return this._serialized;
  }
}

/** @throws as the page does when the text is no address */
export function createWid(text) {
  if (text instanceof Wid) return text;
  const value = typeof text === 'string' ? text : text?._serialized;
  const [user, server] = typeof value === 'string' ? value.replace('@s.whatsapp.net', '@c.us').split('@') : [];
  if (!user || !SERVERS.includes(server)) throw new Error(`wid error: invalid wid ${String(value)}`);
  return new Wid(user, server);
}

export class MsgKey {
  /** `selfDir` marks messages to oneself, whose ids end in `_out`. */
  constructor({ from, to, remote, id, participant, fromMe, selfDir }) {
    this.fromMe = fromMe ?? true;
    this.remote = remote ?? to;
    this.id = id;
    if (participant && this.remote.server !== 'c.us' && this.remote.server !== 'lid') this.participant = participant;
    const self = from && to && from.equals(to) ? selfDir : undefined;
    if (self) this.self = self;
    const parts = [this.fromMe, this.remote, id];
    if (this.participant) parts.push(this.participant);
    if (self) parts.push(self);
    this._serialized = parts.join('_');
  }

  /** `false_<chat>_<id>` or `false_<chat>_<id>_<participant>`. */
  static fromString(text) {
    const [fromMe, remote, id, last] = text.split('_');
    if (!id) throw new Error(`msg key error: ${text}`);
    const key = new MsgKey({
      fromMe: fromMe === 'true',
      remote: createWid(remote),
      id,
      participant: last?.includes('@') ? createWid(last) : undefined,
    });
    key._serialized = text;
    return key;
  }

  static async newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(9));
    return `3EB0${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`.toUpperCase();
  }

  equals(other) {
    return other?._serialized === this._serialized;
  }

  toString() {
    return this._serialized;
  }
}
