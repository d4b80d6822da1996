/** Shows a code where Chasqui was started; in the log it would be a secret that is kept. */
import { qrText } from './qr.ts';

/** Codes change every 20 seconds; nobody scrolls through an hour of them. */
const MAX_SHOWN = 12;

export interface CodeShower {
  /** Rejects when the code cannot be drawn. */
  qr(code: string): Promise<void>;
  pairing(code: string): void;
}

/** @param print writes text for people, e.g. to the terminal */
export function createCodeShower(print: (text: string) => void): CodeShower {
  let shown = 0;
  let last = '';
  return {
    async qr(code) {
      if (code === last) return;
      last = code;
      shown += 1;
      if (shown <= MAX_SHOWN)
        print(`\n${await qrText(code)}\nWhatsApp → Settings → Linked devices → Link a device, and scan this code.\n`);
      else if (shown === MAX_SHOWN + 1) print('\nFurther codes are shown on the operators’ page /ops/whatsapp.\n');
    },
    pairing(code) {
      if (code === last) return;
      last = code;
      print(
        `\nWhatsApp → Settings → Linked devices → Link a device → Link with phone number instead: ${code.slice(0, 4)}-${code.slice(4)}\n`,
      );
    },
  };
}
