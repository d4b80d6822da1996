/** `about`: who answers, under what licence, and where the words go. */
import type { Model } from '../models/model.ts';
import type { Persona } from '../persona/personas.ts';

export function aboutText(persona: Persona, models: readonly Model[], keepMs: number): string {
  const [first, ...others] = models;
  const days = Math.max(1, Math.round(keepMs / 86_400_000));
  const llama = models.some(({ licence }) => /llama/i.test(licence));
  return [
    `**${persona.name}** is one assistant in the chat apps that you already use.`,
    '',
    `- **Model:** ${first ? describe(first) : 'none is configured'}`,
    ...(others.length > 0 ? [`- **If it does not answer:** ${others.map(describe).join('; ')}`] : []),
    ...(llama ? ['- Built with Llama.'] : []),
    ...(persona.id === 'default' ? [] : [`- **Persona:** ${persona.id}`]),
    `- **Where your messages go:** to this chat platform, to the server that runs ${persona.name}, and to the model's host, named above.`,
    `- **How long they are kept:** ${days} ${days === 1 ? 'day' : 'days'} after the last message of a conversation; \`reset\` deletes them at once.`,
    '- Answers are written by a model and can be wrong. Check what matters.',
  ].join('\n');
}

function describe(model: Model): string {
  return `${model.label} (licence: ${model.licence}), hosted by ${model.host}`;
}
