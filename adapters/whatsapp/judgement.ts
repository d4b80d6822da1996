/** A person's judgement of an answer, as people give it in WhatsApp: by a reaction. */
export type Judgement = 'good' | 'bad' | 'none';

const SKIN_TONES = /[\u{1f3fb}-\u{1f3ff}\ufe0f]/gu;

/** @returns what an emoji says about an answer; '' (the reaction was taken away) is `none`, null: it says nothing */
export function judgementOf(emoji: string): Judgement | null {
  switch (emoji.replace(SKIN_TONES, '')) {
    case '👍':
      return 'good';
    case '👎':
      return 'bad';
    case '':
      return 'none';
    default:
      return null;
  }
}
