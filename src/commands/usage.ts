/** `usage`: what a person's questions took, and what is left of their allowance. */
import type { Usage } from '../analytics/recorder.ts';
import type { Budgets } from '../budgets/budgets.ts';

type Own = Awaited<ReturnType<Budgets['readPerson']>>;

export function usageText(usage: { today: Usage; month: Usage } | null, budgets: Own): string {
  const lines = usage
    ? [`- **Today:** ${describe(usage.today)}`, `- **This month:** ${describe(usage.month)}`]
    : ['What your questions take is not counted here.'];
  for (const { budget, renewsAt, sums } of budgets) {
    const { usd, tokens, per } = budget;
    const left = [
      ...(tokens === undefined
        ? []
        : [`${number(Math.max(0, tokens - sums.spent.tokens))} of ${number(tokens)} tokens`]),
      ...(usd === undefined ? [] : [`${money(Math.max(0, usd - sums.spent.nanoUsd / 1e9))} of ${money(usd)}`]),
    ];
    const until = new Date(renewsAt).toISOString().slice(0, 10);
    lines.push(`- **Left this ${per}:** ${left.join(', ')}; it renews on ${until}, 00:00 UTC`);
  }
  return lines.join('\n');
}

function describe(usage: Usage): string {
  const fees = usage.feesUsd > 0 ? `${money(usage.feesUsd)} in message fees` : '';
  if (usage.answers === 0) return fees || 'nothing yet';
  return fees ? `${describeAnswers(usage)}; and ${fees}` : describeAnswers(usage);
}

function describeAnswers({ answers, tokens, usd, unpriced }: Usage): string {
  const some = `${number(answers)} ${answers === 1 ? 'answer' : 'answers'}, ${number(tokens)} tokens`;
  if (unpriced === answers) return `${some}; what they cost is not known`;
  return `${some}, ${money(usd)}${unpriced > 0 ? `, and ${number(unpriced)} whose price is not known` : ''}`;
}

const number = (count: number): string => count.toLocaleString('en-US');
/** Small sums to the first digits that say something. */
const money = (usd: number): string => (usd === 0 || usd >= 0.1 ? `$${usd.toFixed(2)}` : `$${usd.toPrecision(2)}`);
