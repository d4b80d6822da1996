/** What can be made to go wrong. Each is armed for the next calls of one kind, or for the pages that load from now on. */

/** `refuse`: ack −1; `hang`: no answer, nothing happens; `hang-applied`: it happens, no answer; `lose`: it happens, and the page reloads before the answer. */
export type CallFault = 'refuse' | 'hang' | 'hang-applied' | 'lose';
export type FaultyCall = 'send' | 'edit' | 'react' | 'revoke';

/** @returns what goes wrong with a call; nothing: it goes well */
type Judge = (call: string, args: unknown) => CallFault | undefined;

export function createFaults() {
  const armed = new Map<FaultyCall, CallFault[]>();
  const missing = new Set<string>();
  const lasting = {
    sendSeenThrows: false,
    syncsEarly: false,
    frame: false,
    uploadFails: false,
    mediaGone: false,
    mediaFails: 0,
  };

  let judge: Judge | undefined;

  const arm = (call: FaultyCall, fault: CallFault, times: number) => {
    armed.set(call, [...(armed.get(call) ?? []), ...Array<CallFault>(times).fill(fault)]);
  };

  return {
    lasting,
    missing,
    /** The fault of this call, used up. */
    take: (call: string, args: unknown): CallFault | undefined =>
      armed.get(call as FaultyCall)?.shift() ?? judge?.(call, args),

    /** What tests use. */
    faults: {
      /** Asked at every call of the page for which no fault is armed. */
      judgeCalls: (next: Judge) => {
        judge = next;
      },
      /** The next messages are refused: `sendMessage` resolves, then ack −1 comes. */
      sendFails: (times = 1) => arm('send', 'refuse', times),
      /** The next calls are never answered; `applied`: they happen all the same. */
      sendHangs: (times = 1, { applied = false, call = 'send' as FaultyCall } = {}) =>
        arm(call, applied ? 'hang-applied' : 'hang', times),
      /** The next calls happen, and the page reloads before their result returns. */
      loseResult: (times = 1, call: FaultyCall = 'send') => arm(call, 'lose', times),
      /** `sendSeen` throws, as in January 2026. */
      sendSeenThrows: (on = true) => {
        lasting.sendSeenThrows = on;
      },
      /** Pages tell of their sync before the library listens: `ready` never comes. */
      syncsEarly: (on = true) => {
        lasting.syncsEarly = on;
      },
      /** A frame appears in each page while it loads: the library attaches all its listeners twice. */
      frameWhileLoading: (on = true) => {
        lasting.frame = on;
      },
      /** Pages that load from now on do not have this module, as after a rename. */
      moduleMissing: (name: string, on = true) => {
        if (on) missing.add(name);
        else missing.delete(name);
      },
      uploadFails: (on = true) => {
        lasting.uploadFails = on;
      },
      /** Files can no longer be fetched (404), as old ones cannot. */
      mediaGone: (on = true) => {
        lasting.mediaGone = on;
      },
      /** The next fetches of files are answered with 500. */
      mediaFails: (times = 1) => {
        lasting.mediaFails = times;
      },
    },
  };
}

export type Faults = ReturnType<typeof createFaults>;
