import type { ContextActionsBlock } from '@slack/web-api';

export const FEEDBACK_ACTION = 'chasqui_feedback';

/** 👍 and 👎 under an answer (docs.slack.dev, "Feedback buttons element"). */
export function feedbackBlock(): ContextActionsBlock {
  return {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: FEEDBACK_ACTION,
        positive_button: {
          text: { type: 'plain_text', text: 'Good answer' },
          accessibility_label: 'This answer helped',
          value: 'good',
        },
        negative_button: {
          text: { type: 'plain_text', text: 'Bad answer' },
          accessibility_label: 'This answer did not help',
          value: 'bad',
        },
      },
    ],
  };
}
