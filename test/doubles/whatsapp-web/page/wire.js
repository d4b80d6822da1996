/** The page's connection to the double: calls with answers, and what the double pushes. */
const waiting = new Map();
const queue = [];
let socket;
let last = 0;

export const wire = {
  /** Set by main.js: takes everything that is no answer. */
  onPush: () => {},

  connect(hello) {
    socket = new WebSocket(`wss://${location.host}/socket`);
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: 'hello', ...hello }));
      for (const text of queue.splice(0)) socket.send(text);
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type !== 'answer') return wire.onPush(message);
      const call = waiting.get(message.call);
      waiting.delete(message.call);
      if (message.error === undefined) return call?.resolve(message.result);
      const error = new Error(message.error);
      if (message.name) error.name = message.name;
      call?.reject(error);
    };
  },

  /** A call; rejects with what the double answers, and stays open when it does not. */
  ask(name, args = {}) {
    const call = ++last;
    return new Promise((resolve, reject) => {
      waiting.set(call, { resolve, reject });
      wire.send({ type: 'call', call, name, args });
    });
  },

  /** Says something that needs no answer. */
  send(message) {
    const text = JSON.stringify(message);
    if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    else queue.push(text);
  },
};
