import { render } from 'preact';
import { createApi } from './api/api.ts';
import { App, type Controls } from './components/app.tsx';
import { createChat } from './state/chat.ts';
import { frameParent } from './state/frame.ts';
import { reopenLast } from './state/last.ts';
import { createNotes } from './state/notes.ts';
import { createOutbox } from './state/outbox.ts';
import { createSending } from './state/send.ts';
import { INITIAL } from './state/state.ts';
import { openStorage } from './state/storage.ts';
import { createStore } from './state/store.ts';
import { applyChosenTheme } from './state/theme.ts';

const embedded = /\/embed\/?$/.test(location.pathname);
const lasting = openStorage('localStorage');
const passing = openStorage('sessionStorage');
applyChosenTheme(lasting);

const api = createApi({ bearer: embedded, storage: lasting });
const store = createStore(INITIAL);
const outbox = createOutbox(passing);
const notes = createNotes(passing);
const chat = createChat({ api, store, outbox, notes });
const sending = createSending({ api, store, outbox, notes, chat });
const controls: Controls = { chat, sending, lasting, passing, embedded, close: frameParent().close };

const root = document.getElementById('app');
if (root) render(<App store={store} controls={controls} />, root);
if (embedded) reopenLast(store, lasting);
chat.start();
