/** The device itself: its connection's state, the QR code's reference, the commands, and what the double pushes to it. */
import {
  addChat,
  addContact,
  addMessage,
  attributesOf,
  Chats,
  Contacts,
  forgetAll,
  learn,
  Msgs,
  me,
  Newsletters,
} from './collections.js';
import { Emitter, Model } from './emitter.js';
import { showReaction } from './react.js';
import { session } from './session.js';
import { createWid } from './wid.js';
import { wire } from './wire.js';

export const Socket = new Model({ state: 'OPENING', hasSynced: false });
export const Conn = new Model({ ref: undefined, platform: 'android', battery: undefined, plugged: undefined });
export const Cmd = new Emitter();
export const calls = new Map();
export const progress = { percent: 0 };

Conn.canSetMyPushname = () => false;
// Functions are no attributes: a serialized connection must travel to the library.
Object.defineProperty(Conn, 'canSetMyPushname', { enumerable: false });
for (const name of ['takeover', 'logout', 'reconnect'])
  Object.defineProperty(Socket, name, { enumerable: false, writable: true });
Socket.takeover = () => wire.ask('takeover');
Socket.reconnect = () => wire.ask('reconnect');
Socket.logout = async () => {
  await wire.ask('logout');
  await session.forget();
};

let loaded = false;
let early = false;
/** How often the library has come to wait for the sync in this page: once for each frame. */
let attached = 0;

/** The sync is told once the library listens for it; told before, it is lost on the library. */
function announceSync() {
  if (!loaded || Socket.hasSynced || !(early || attached >= (window.settings.frame ? 2 : 1))) return;
  progress.percent = 100;
  Cmd.trigger('offline_progress_update_from_bridge');
  Socket.set({ hasSynced: true });
}
Object.defineProperty(Socket, 'onListen', {
  value: (names) => {
    if (names !== 'change:hasSynced') return;
    attached += 1;
    wire.send({ type: 'attached' });
    setTimeout(announceSync, 0);
  },
});
Object.defineProperty(Msgs, 'onListen', {
  value: (names) => names.includes('add') && wire.send({ type: 'listening' }),
});

function load(snapshot) {
  me.pn = createWid(snapshot.me.pn);
  me.lid = createWid(snapshot.me.lid);
  learn(snapshot.me);
  Object.assign(Conn, { wid: me.pn, pushname: snapshot.me.name });
  for (const contact of snapshot.contacts) addContact(contact);
  for (const chat of snapshot.chats) addChat(chat, { silent: true });
  for (const message of snapshot.messages) addMessage(message, { isNewMsg: false, silent: true });
}

async function leave() {
  await session.forget();
  Cmd.trigger('logout');
  // The library asks for the navigation that follows; it must have heard before.
  setTimeout(() => location.replace('/?post_logout=1&logout_reason=0'), 50);
}

const pushes = {
  unlinked({ ref, forget }) {
    if (forget) session.forget();
    forgetAll();
    loaded = false;
    Conn.set({ ref });
    Socket.set({ state: 'UNPAIRED' });
  },
  async linked({ token, snapshot, syncsEarly }) {
    if (token) {
      Socket.set({ state: 'PAIRING' });
      await session.keep(token);
    }
    early = syncsEarly;
    load(snapshot);
    loaded = true;
    Socket.set({ state: 'CONNECTED' });
    announceSync();
  },
  ref: ({ ref }) => Conn.set({ ref }),
  state: ({ state }) => Socket.set({ state }),
  sync: ({ snapshot }) => load(snapshot),
  contact: ({ contact }) => addContact(contact),
  chat: ({ chat }) => addChat(chat),
  message: ({ message, chat }) => {
    if (chat) addChat(chat);
    addMessage(message, { isNewMsg: true });
  },
  change: ({ message, only }) => {
    const attributes = attributesOf(message);
    const changed = only ? Object.fromEntries(only.map((name) => [name, attributes[name]])) : attributes;
    Msgs.get(message.id)?.set(changed);
  },
  reaction: showReaction,
  gone: ({ id }) => {
    const msg = Msgs.get(id);
    (Chats.get(msg?.id.remote) ?? Newsletters.get(msg?.id.remote))?.msgs.remove(id);
    Msgs.remove(id);
  },
  call: ({ call }) => calls.set(call.id, { ...call, peerJid: createWid(call.peerJid) }),
  logout: leave,
  echo: ({ number }) => wire.send({ type: 'echo', number }),
  reload: () => location.reload(),
  address: () => history.pushState({}, '', `/?at=${Date.now()}`),
  frame: () => document.body.append(document.createElement('iframe')),
};

wire.onPush = (message) => pushes[message.type](message);

export const getMe = () => Contacts.get(me.pn) ?? Contacts.get(me.lid);
